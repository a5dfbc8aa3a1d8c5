import { nobody } from '../../domain/identity.js';
import { DipperError } from '../../errors.js';
import type { Authenticate } from '../authenticate.js';
import { isOwnPage } from './is-own-page.js';
import type { Sessions } from './sessions.js';

/** Takes the session that a page's cookie holds. A header Authorization goes before it: that one was put in on purpose. */
export const authenticateBySession = (sessions: Sessions, publicUrl: string): Authenticate => async (request, signal) => {
  if (request.headers.authorization !== undefined || !sessions.has(request)) return nobody;
  if (!isOwnPage(request, publicUrl)) throw new DipperError('FORBIDDEN', 'By the cookie of a session, only the pages of this dipper may ask. Send a token in the header Authorization instead.');
  return sessions.identityOf(request, signal);
};
