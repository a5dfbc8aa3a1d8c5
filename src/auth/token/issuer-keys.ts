import { errors, type CompactJWSHeaderParameters, type CryptoKey, type FlattenedJWSInput } from 'jose';
import { unlessAborted } from '../../domain/unless-aborted.js';
import { DipperError } from '../../errors.js';
import type { KeySet } from './fetch-keys.js';

const HOUR_MS = 3_600_000;
const REFRESH_MS = 6 * HOUR_MS;
const KEEP_MS = 48 * HOUR_MS;
/** From one try to the next, whatever tokens ask for. */
const PAUSE_MS = 30_000;
/** The same where there are no keys at all, so that tokens are taken again soon after the issuer is back. */
const PAUSE_WITHOUT_KEYS_MS = 5000;

export interface IssuerKeysOptions {
  readonly issuer: string;
  readonly fetch: () => Promise<KeySet>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly onFailure: (error: unknown) => void;
}

/** The key that a token's header names. Throws UNAVAILABLE where the issuer's keys cannot be had, jose's JWKSNoMatchingKey where it has no such key. */
export type FindKey = (header: CompactJWSHeaderParameters, token: FlattenedJWSInput, signal: AbortSignal) => Promise<CryptoKey>;

/** Keys of one issuer: fetched once for all who wait, again after 6 hours, and kept for 2 days while it is down. */
export function createIssuerKeys({ issuer, fetch, now, onFailure }: IssuerKeysOptions): FindKey {
  let held: { keys: KeySet; at: number } | undefined;
  let triedAt = -Infinity;
  let hasFailed = false;
  let pending: Promise<void> | undefined;

  async function renew(): Promise<void> {
    triedAt = now();
    try {
      held = { keys: await fetch(), at: now() };
      hasFailed = false;
    } catch (error) {
      hasFailed = true;
      onFailure(error);
    } finally {
      pending = undefined;
    }
  }
  const refresh = () => pending ??= renew();
  const mayTry = () => pending !== undefined || now() - triedAt >= (held ? PAUSE_MS : PAUSE_WITHOUT_KEYS_MS);

  async function current(signal: AbortSignal): Promise<KeySet> {
    const age = held ? now() - held.at : Infinity;
    if (age >= KEEP_MS) held = undefined;
    if (age >= REFRESH_MS && mayTry()) {
      const refreshed = refresh();
      // While the issuer is down, nobody waits for it again and again.
      if (!held || !hasFailed) await unlessAborted(refreshed, signal);
    }
    if (!held) throw new DipperError('UNAVAILABLE', `The keys of ${issuer} cannot be had now, so its tokens cannot be checked.`);
    return held.keys;
  }

  return async (header, token, signal) => {
    const keys = await current(signal);
    try {
      return await keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !mayTry()) throw error;
      await unlessAborted(refresh(), signal);
      return (held?.keys ?? keys)(header, token);
    }
  };
}
