import { z } from 'zod';
import { certificateRules } from './certificate-rules.js';
import { looseGroups, policyRules } from './policy-rules.js';
import { tokenRules } from './token-rules.js';
import { writeRules } from './write-rules.js';

const file = z.strictObject({ tokens: tokenRules.optional(), certificates: certificateRules.optional(), policy: policyRules, writes: writeRules.optional() });
export type AccessFile = z.infer<typeof file>;

/** Reads an access file. Gives it, or all that is wrong, one sentence each. */
export function readAccessFile(content: unknown): { access: AccessFile | undefined; problems: string[] } {
  const { data, error } = file.safeParse(content);
  if (!data) return { access: undefined, problems: error.issues.map(({ path, message }) => `${path.join('.') || 'as a whole'}: ${message}`) };
  const problems = (data.tokens?.issuers.length ?? 0) > 1 ? looseGroups(data.policy) : [];
  return { access: problems.length === 0 ? data : undefined, problems };
}
