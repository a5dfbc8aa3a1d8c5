import { nobody } from '../domain/identity.js';
import { DipperError } from '../errors.js';
import type { Authenticate } from './authenticate.js';

/** Asks each way of signing in; who shows two things at once is refused, as it would not be plain which of them counts. */
export const authenticateByOne = (...ways: readonly Authenticate[]): Authenticate => async (request, signal) => {
  let found = nobody;
  for (const way of ways) {
    const identity = await way(request, signal);
    if (identity.kind === 'NONE') continue;
    if (found.kind !== 'NONE') throw new DipperError('BAD_USER_INPUT', 'Sign in by a token or by a certificate, not by both at once.');
    found = identity;
  }
  return found;
};
