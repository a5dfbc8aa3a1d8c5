import type { JWTPayload } from 'jose';
import type { Identity } from '../../domain/identity.js';
import { readCapabilities } from './capabilities.js';
import { refused } from './refused.js';

export const SKEW_SECONDS = 60;
const LONGEST_SECONDS = 6 * 3600;
/** Only ID tokens have these; they say who signed in at a client, and open nothing. */
const ofIdTokens = ['nonce', 'at_hash', 'c_hash', 's_hash'];

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** What the WLCG profile asks of an access token beside what jose has checked: signature, issuer, audience, `exp` and `nbf`. Throws UNAUTHENTICATED. */
export function checkClaims(claims: JWTPayload, nowSeconds: number): Omit<Identity, 'token'> {
  const { iss, sub, jti, iat, exp, scope } = claims;
  const version = claims['wlcg.ver'];
  const groups = claims['wlcg.groups'] ?? [];
  if (ofIdTokens.some((name) => name in claims)) throw refused('This is an ID token. Send the access token.');
  if (!isText(jti)) throw refused('The token has no id (jti).');
  if (!isText(sub) || !/^[\x20-\x7e]{1,255}$/.test(sub)) throw refused('The subject (sub) of the token is not a text of 1 to 255 ASCII letters.');
  if (typeof version !== 'string' || !/^1\.\d+$/.test(version)) throw refused('The token does not follow the WLCG profile 1 (wlcg.ver).');
  if (typeof iat !== 'number' || iat > nowSeconds + SKEW_SECONDS) throw refused('The token was issued in the future (iat).');
  if (typeof exp !== 'number' || !(exp - iat <= LONGEST_SECONDS)) throw refused('The token lives longer than 6 hours.');
  if (!Array.isArray(groups) || !groups.every(isText)) throw refused('The groups of the token (wlcg.groups) are no list of texts.');
  return { kind: 'TOKEN', subject: sub, issuer: iss!, groups, scopes: readCapabilities(scope) };
}
