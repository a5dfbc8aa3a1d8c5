import { z } from 'zod';

const text = z.string().min(1);
const isLoopback = ({ hostname }: URL) => hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
/** Keys and logins go over TLS; plain HTTP is for an issuer on the same machine. */
const address = text.refine((value) => {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url));
}, 'is not an address that begins with https://');

/** Signatures by a key pair: whoever can check a token must not be able to make one. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'] as const;

const issuer = z.strictObject({
  /** As tokens name it in `iss`, letter for letter. */
  issuer: address,
  /** Address of its keys (JWKS); where it is left out, the issuer's own metadata tell. */
  keys: address.optional(),
});
export type TokenIssuer = z.infer<typeof issuer>;

/** Which tokens are taken. */
export const tokenRules = z.strictObject({
  /** What a token must be for: one of these. `https://wlcg.cern.ch/jwt/v1/any` counts only if it is named here. */
  audience: z.array(text).min(1),
  issuers: z.array(issuer).min(1).refine((all) => new Set(all.map((one) => one.issuer)).size === all.length, 'names an issuer twice'),
  algorithms: z.array(z.enum(algorithms, `is none of ${algorithms.join(', ')}`)).min(1).default(['RS256', 'ES256']),
});
export type TokenRules = z.infer<typeof tokenRules>;
