import { decodeJwt, decodeProtectedHeader, errors, jwtVerify, type JWTPayload, type ProtectedHeaderParameters } from 'jose';
import type { TokenRules } from '../../domain/access/token-rules.js';
import type { Identity } from '../../domain/identity.js';
import { DipperError } from '../../errors.js';
import { checkClaims, SKEW_SECONDS } from './check-claims.js';
import { keyFetcher } from './fetch-keys.js';
import { createIssuerKeys } from './issuer-keys.js';
import { refused } from './refused.js';

/** Who an access token is of. Throws UNAUTHENTICATED, or UNAVAILABLE where its issuer's keys cannot be had. */
export type VerifyToken = (token: string, signal: AbortSignal) => Promise<Identity & { readonly expires: number }>;

export interface VerifyTokenOptions {
  readonly rules: TokenRules;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly onKeysFailure: (issuer: string, error: unknown) => void;
}

/** Headers that bring or name a key: a token does not choose what it is checked with. */
const keyBearers = ['jku', 'jwk', 'x5u', 'x5c'];
/** Types of access tokens; others are for other ends. */
const types = ['jwt', 'at+jwt', 'application/at+jwt'];

/** Checks tokens by the WLCG profile 1. Nothing is fetched for a token whose issuer is not listed. */
export function createVerifyToken({ rules, now, onKeysFailure }: VerifyTokenOptions): VerifyToken {
  const issuers = new Map(rules.issuers.map((one) => [one.issuer, createIssuerKeys({
    issuer: one.issuer, fetch: keyFetcher(one), now, onFailure: (error) => { onKeysFailure(one.issuer, error); },
  })]));

  return async (token, signal) => {
    const { header, iss } = decode(token);
    const findKey = typeof iss === 'string' ? issuers.get(iss) : undefined;
    if (!findKey) throw refused('The issuer of the token (iss) is not one of those that are trusted here.');
    checkHeader(header, rules.algorithms);
    const moment = now();
    try {
      const { payload } = await jwtVerify(token, (jws, input) => findKey(jws, input, signal), {
        algorithms: rules.algorithms, issuer: iss!, audience: rules.audience, clockTolerance: SKEW_SECONDS, currentDate: new Date(moment),
        requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat', 'jti', 'wlcg.ver'],
      });
      return { ...checkClaims(payload, moment / 1000), token, expires: payload.exp! };
    } catch (error) {
      if (error instanceof DipperError || signal.aborted) throw error;
      throw refused(describe(error));
    }
  };
}

function decode(token: string): { header: ProtectedHeaderParameters; iss: JWTPayload['iss'] } {
  try {
    return { header: decodeProtectedHeader(token), iss: decodeJwt(token).iss };
  } catch {
    throw refused('The token is not a JSON Web Token.');
  }
}

function checkHeader(header: ProtectedHeaderParameters, algorithms: readonly string[]): void {
  if (!algorithms.includes(String(header.alg))) throw refused(`The token is not signed by one of ${algorithms.join(', ')}.`);
  if (typeof header.kid !== 'string' || header.kid === '') throw refused('The token names no key (kid).');
  if (keyBearers.some((name) => name in header)) throw refused('The token brings or names a key of its own.');
  if (header.typ !== undefined && !types.includes(String(header.typ).toLowerCase())) throw refused('This is no access token (typ).');
}

function describe(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired (exp).';
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.reason === 'missing') return `The token has no claim ${error.claim}.`;
    if (error.claim === 'aud') return 'The token is for another audience (aud).';
    return `The claim ${error.claim} of the token does not hold.`;
  }
  if (error instanceof errors.JWKSNoMatchingKey) return 'The issuer of the token has no such key (kid).';
  return 'The signature of the token does not hold.';
}
