import { createLocalJWKSet, type JSONWebKeySet, type JWK } from 'jose';
import type { TokenIssuer } from '../../domain/access/token-rules.js';
import { fetchJson } from './fetch-json.js';

/** Public keys of one issuer, by key id. */
export type KeySet = ReturnType<typeof createLocalJWKSet>;

const isForSignatures = ({ kid, kty, use }: JWK) => typeof kid === 'string' && (use === undefined || use === 'sig') && ['RSA', 'EC', 'OKP'].includes(String(kty));

/** A function that fetches the issuer's keys. It throws where they cannot be had. */
export function keyFetcher({ issuer, keys }: TokenIssuer): () => Promise<KeySet> {
  let address = keys;
  return async () => {
    address ??= await discover(issuer);
    try {
      const { keys: found } = await fetchJson(address);
      if (!Array.isArray(found)) throw new Error(`${address} answered no keys.`);
      return createLocalJWKSet({ keys: found.filter((key: unknown): key is JWK => typeof key === 'object' && key !== null && isForSignatures(key)) } satisfies JSONWebKeySet);
    } catch (error) {
      address = keys; // they may have moved
      throw error;
    }
  };
}

/** Where the issuer's own metadata say that its keys are. */
async function discover(issuer: string): Promise<string> {
  const { issuer: named, jwks_uri: address } = await fetchJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  if (named !== issuer) throw new Error(`The metadata of ${issuer} are of another issuer.`);
  // Metadata must not make dipper ask whom they like; an address elsewhere is the operator's to name.
  if (typeof address !== 'string' || !URL.canParse(address) || new URL(address).origin !== new URL(issuer).origin) throw new Error(`The metadata of ${issuer} name no keys on the same host.`);
  return address;
}
