import { z } from 'zod';

/** How dipper shows Rucio for whom it writes. */
export const writeRules = z.strictObject({
  /**
   * Tried in this order. `token`: the viewer's own access token, where Rucio trusts its issuer and it is for Rucio, too. `account`: dipper logs in to
   * the viewer's account by RUCIO_USERNAME and RUCIO_PASSWORD, which Rucio's operators have added to that account.
   */
  ways: z.array(z.enum(['token', 'account'], 'is `token` or `account`')).min(1).refine((ways) => new Set(ways).size === ways.length, 'names a way twice').default(['account']),
  /** What a token for Rucio is for (`aud`), letter for letter: others are never sent there. */
  audience: z.string().min(1).default('rucio'),
});
export type WriteRules = z.infer<typeof writeRules>;
