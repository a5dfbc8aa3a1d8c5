import { z } from 'zod';
import { secureAddress } from './secure-address.js';

const text = z.string().min(1);

/** Signatures by a key pair: whoever can check a token must not be able to make one. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'] as const;

const issuer = z.strictObject({
  /** As tokens name it in `iss`, letter for letter. */
  issuer: secureAddress,
  /** Address of its keys (JWKS); where it is left out, the issuer's own metadata tell. */
  keys: secureAddress.optional(),
});
export type TokenIssuer = z.infer<typeof issuer>;

/** How people sign in at the pages: by the code flow with PKCE. */
const login = z.strictObject({
  /** One of the issuers. */
  issuer: secureAddress,
  /** dipper's own name there; its secret, where it has one, is a setting. */
  clientId: text,
  scope: text.default('openid wlcg.groups'),
});
export type LoginRules = z.infer<typeof login>;

/** Which tokens are taken. */
export const tokenRules = z.strictObject({
  /** What a token must be for: one of these. `https://wlcg.cern.ch/jwt/v1/any` counts only if it is named here. */
  audience: z.array(text).min(1),
  issuers: z.array(issuer).min(1).refine((all) => new Set(all.map((one) => one.issuer)).size === all.length, 'names an issuer twice'),
  algorithms: z.array(z.enum(algorithms, `is none of ${algorithms.join(', ')}`)).min(1).default(['RS256', 'ES256']),
  /** Nobody can sign in at the pages where this is left out. */
  login: login.optional(),
}).superRefine((rules, context) => {
  const problem = (name: string, message: string) => { context.addIssue({ code: 'custom', path: ['login', name], message }); };
  if (rules.login && !rules.issuers.some((one) => one.issuer === rules.login!.issuer)) problem('issuer', 'is none of the issuers');
  // ID tokens are for the client: they would count as access tokens.
  if (rules.login && rules.audience.includes(rules.login.clientId)) problem('clientId', 'is an audience, too: ID tokens would open the archive');
});
export type TokenRules = z.infer<typeof tokenRules>;
