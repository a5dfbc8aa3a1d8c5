import { z } from 'zod';

/** Who sees and may what. */
export const policyRules = z.strictObject({});
export type PolicyRules = z.infer<typeof policyRules>;
