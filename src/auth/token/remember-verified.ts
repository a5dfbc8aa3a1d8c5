import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { SKEW_SECONDS } from './check-claims.js';
import type { VerifyToken } from './verify-token.js';

/** How long a signature that held is not checked again. */
const HOLDS_MS = 60_000;
const MOST = 10_000;

type Verified = Omit<Awaited<ReturnType<VerifyToken>>, 'token'>;

/** Checks a token once a minute at most: programs send the same one hundreds of times a second. Tokens themselves are not kept, and none is taken beyond its time. `now` is in ms. */
export function rememberVerified(verify: VerifyToken, now: () => number): VerifyToken {
  const held = new LRUCache<string, { readonly verified: Verified; readonly at: number }>({ max: MOST });
  return async (token, signal) => {
    const key = hash('sha256', token, 'base64url');
    const moment = now();
    const found = held.get(key);
    if (found && moment >= found.at && moment < found.at + HOLDS_MS && moment < (found.verified.expires + SKEW_SECONDS) * 1000) return { ...found.verified, token };
    const { token: _, ...verified } = await verify(token, signal);
    held.set(key, { verified, at: moment });
    return { ...verified, token };
  };
}
