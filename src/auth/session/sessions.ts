import type { IncomingMessage } from 'node:http';
import type { Identity } from '../../domain/identity.js';
import { DipperError } from '../../errors.js';
import type { VerifyToken } from '../token/verify-token.js';
import { LONGEST_COOKIE, type CookieKind, type Cookies } from './cookies.js';
import type { Seal } from './seal.js';

const kind: CookieKind = { name: 'dipper_session', sameSite: 'strict' };

/** Who signed in at the pages: the access token, sealed into a cookie. Nothing is kept here. */
export interface Sessions {
  has(request: IncomingMessage): boolean;
  /** Throws UNAUTHENTICATED where the session has ended or its token no longer counts, UNAVAILABLE where that cannot be told. */
  identityOf(request: IncomingMessage, signal: AbortSignal): Promise<Identity & { readonly expires: number }>;
  /** The header Set-Cookie that begins a session with an access token. Throws UNAUTHENTICATED, UNAVAILABLE. */
  begin(token: string, signal: AbortSignal): Promise<string>;
  /** The one that ends it. */
  end(): string;
}

export interface SessionsOptions {
  readonly seal: Seal;
  readonly cookies: Cookies;
  readonly verify: VerifyToken;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export function createSessions({ seal, cookies, verify, now }: SessionsOptions): Sessions {
  return {
    has: (request) => cookies.read(request, kind) !== undefined,
    async identityOf(request, signal) {
      const content = await seal.open('session', cookies.read(request, kind) ?? '');
      if (typeof content?.['token'] !== 'string') throw new DipperError('UNAUTHENTICATED', 'The session has ended. Sign in again.');
      return verify(content['token'], signal);
    },
    async begin(token, signal) {
      const { expires } = await verify(token, signal);
      const cookie = cookies.write(kind, await seal.seal('session', { token }, expires), Math.max(1, Math.floor(expires - now() / 1000)));
      if (cookie.length > LONGEST_COOKIE) throw new DipperError('UNAUTHENTICATED', 'The token is too long for a session of the pages: it has too many groups or scopes.');
      return cookie;
    },
    end: () => cookies.write(kind, '', 0),
  };
}
