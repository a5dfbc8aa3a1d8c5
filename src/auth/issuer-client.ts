import * as client from 'openid-client';
import { DipperError } from '../errors.js';

export interface IssuerClientOptions {
  readonly issuer: string;
  readonly clientId: string;
  /** Absent for a client that cannot keep one. */
  readonly clientSecret: string | undefined;
}

const SECONDS = 10;

/** A client of an issuer, by the issuer's metadata. Throws UPSTREAM_UNAVAILABLE. */
export async function findIssuer({ issuer, clientId, clientSecret }: IssuerClientOptions): Promise<client.Configuration> {
  const execute = issuer.startsWith('http:') ? [client.allowInsecureRequests] : []; // on loopback only: see secureAddress
  const proof = clientSecret === undefined ? client.None() : client.ClientSecretBasic(clientSecret);
  return atIssuer(() => client.discovery(new URL(issuer), clientId, undefined, proof, { execute, timeout: SECONDS }));
}

/** What an issuer asks for a token for a service: as RFC 8707 has it, and as Indigo IAM had it before. */
export const forAudience = (audience: string): Record<string, string> => ({ audience, ...(URL.canParse(audience) && { resource: audience }) });

/** Asks the issuer, and says in a sentence why it does not give what it was asked for. Throws UNAUTHENTICATED or UPSTREAM_UNAVAILABLE. */
export async function atIssuer<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof client.ResponseBodyError || error instanceof client.AuthorizationResponseError) {
      throw new DipperError('UNAUTHENTICATED', plain(`The issuer refuses: ${error.error}${error.error_description === undefined ? '' : ` (${error.error_description})`}.`));
    }
    if (error instanceof client.WWWAuthenticateChallengeError) throw new DipperError('UNAUTHENTICATED', plain(`The issuer refuses: ${error.cause[0]?.parameters['error'] ?? 'it does not know this client'}.`));
    const code = (error as { code?: unknown }).code;
    if (code === 'OAUTH_TIMEOUT') throw new DipperError('UPSTREAM_UNAVAILABLE', `The issuer did not answer within ${SECONDS} s.`);
    if (error instanceof TypeError && error.message === 'fetch failed') throw new DipperError('UPSTREAM_UNAVAILABLE', 'The issuer cannot be reached.');
    if (error instanceof client.ClientError) throw new DipperError('UPSTREAM_UNAVAILABLE', plain(`The issuer's answer is not what it should be: ${error.message}.`));
    throw error;
  }
}

/** Text of an issuer, fit for a terminal. */
export const plain = (text: string): string => text.replace(/[^ -~]/g, '?');
