import type { IncomingMessage } from 'node:http';
import { nobody } from '../../domain/identity.js';
import type { Authenticate } from '../authenticate.js';
import { refused } from './refused.js';
import type { VerifyToken } from './verify-token.js';

const namesOfTokens = new Set(['access_token', 'id_token', 'token', 'authz', 'authorization', 'bearer']);
const looksLikeToken = /^(bearer[ +]+)?eyJ[\w-]*\.[\w-]*\.[\w-]*$/i;

/** Addresses end up in logs and histories, so a token in one is given away already. */
function refuseTokenInUrl({ url = '' }: IncomingMessage): void {
  const start = url.indexOf('?');
  if (start < 0) return;
  for (const [name, value] of new URLSearchParams(url.slice(start))) {
    if (namesOfTokens.has(name.toLowerCase()) || looksLikeToken.test(value)) {
      throw refused('A token in the address is given away to logs, so it is not taken. Send it in the header Authorization: Bearer <token>, and have this one revoked.');
    }
  }
}

/** The token in the header Authorization; undefined where there is no such header. */
function bearerOf({ headersDistinct }: IncomingMessage): string | undefined {
  const headers = headersDistinct['authorization'] ?? [];
  if (headers.length === 0) return undefined;
  const [, token] = /^bearer +([\w~+/.-]+=*)$/i.exec(headers[0]!.trim()) ?? [];
  if (headers.length > 1 || token === undefined) throw refused('The header Authorization is not one `Bearer <token>`.');
  return token;
}

/** Takes bearer tokens (RFC 6750, section 2.1). */
export const authenticateByToken = (verify: VerifyToken): Authenticate => async (request, signal) => {
  refuseTokenInUrl(request);
  const token = bearerOf(request);
  return token === undefined ? nobody : verify(token, signal);
};
