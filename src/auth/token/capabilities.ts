import { refused } from './refused.js';

/** Escapes that would make another path of a path: of dots, slashes, backslashes, NUL and the percent sign itself. */
const TREACHEROUS = /%(2e|2f|5c|00|25)/i;
const hasControl = (path: string) => [...path].some((letter) => letter < ' ' || letter === '\u007f');

/** A path without its escapes and without a slash at its end. */
function storagePath(path: string): string {
  let plain: string;
  try {
    plain = decodeURIComponent(path);
  } catch {
    throw refused('The token has a storage scope whose path is not written as a path.');
  }
  const parts = plain.split('/').slice(1);
  if (!plain.startsWith('/') || TREACHEROUS.test(path) || plain.includes('//') || plain.includes('\\') || hasControl(plain) || parts.includes('..') || parts.includes('.')) {
    throw refused('The token has a storage scope whose path is not a plain, absolute path.');
  }
  return plain.length > 1 && plain.endsWith('/') ? plain.slice(0, -1) : plain;
}

/** What the token's `scope` grants (`storage.*` with a path, `compute.*`); other scopes, such as `openid`, are not capabilities. Throws UNAUTHENTICATED. */
export function readCapabilities(scope: unknown): string[] {
  if (scope === undefined) return [];
  if (typeof scope !== 'string') throw refused('The token has a scope that is no text.');
  return scope.split(' ').flatMap((one) => {
    if (one.startsWith('compute.')) return [one];
    if (!/^storage\./i.test(one)) return [];
    const colon = one.indexOf(':');
    if (colon < 0 || colon === one.length - 1) throw refused('The token has a storage scope without a path.');
    return [`${one.slice(0, colon)}:${storagePath(one.slice(colon + 1))}`];
  });
}
