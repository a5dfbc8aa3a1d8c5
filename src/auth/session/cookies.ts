import type { IncomingMessage } from 'node:http';
import { parseCookie, stringifySetCookie } from 'cookie';

export interface CookieKind {
  readonly name: string;
  /** `strict` where no other site's link may bring it along; `lax` where the issuer sends people back to us. */
  readonly sameSite: 'strict' | 'lax';
}

/** The longest that browsers take, with its name and attributes. */
export const LONGEST_COOKIE = 4096;

/** Cookies of the pages, for people who reach dipper at this address. */
export interface Cookies {
  read(request: IncomingMessage, kind: CookieKind): string | undefined;
  /** A header Set-Cookie; `seconds` 0 takes the cookie away. */
  write(kind: CookieKind, value: string, seconds: number): string;
}

export function createCookies(publicUrl: string): Cookies {
  const secure = publicUrl.startsWith('https:');
  // Over TLS the name itself binds the cookie to this very host.
  const nameOf = ({ name }: CookieKind) => (secure ? `__Host-${name}` : name);
  return {
    read: ({ headers }, kind) => parseCookie(headers.cookie ?? '')[nameOf(kind)],
    write: (kind, value, seconds) => stringifySetCookie({ name: nameOf(kind), value, httpOnly: true, secure, sameSite: kind.sameSite, path: '/', maxAge: seconds }),
  };
}
