import { z } from 'zod';

const text = z.string().min(1);

/** Which tokens are taken. */
export const tokenRules = z.strictObject({
  /** What a token must be for: one of these. */
  audience: z.array(text).min(1),
  issuers: z.array(z.strictObject({ issuer: z.url() })).min(1),
});
export type TokenRules = z.infer<typeof tokenRules>;
