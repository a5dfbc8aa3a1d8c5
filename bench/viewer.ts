import { createPolicyTable } from '../src/auth/policy-table.js';
import { policyRules } from '../src/domain/access/policy-rules.js';
import { nobody } from '../src/domain/identity.js';

/** What the viewer of all measurements may not see: the files of one scope. */
export const HIDDEN_SCOPE = 'hidden';
/** Signs the cursors of all measurements. */
export const SECRET = 'dipper is measured with this secret';
/** The viewer's group: it sees all other scopes that bench/mirror/files.sql makes. */
export const GROUP = '/bench';
export const policy = { grants: [{ who: [{ group: GROUP }], sees: { scopes: ['acada', 'dpps', 'suss', 'user.jdoe'] } }] };

/** What the viewer's cursors are tied to. */
export async function viewersKey(): Promise<string> {
  const { policy: table, problems } = createPolicyTable({
    rules: policyRules.parse(policy), fields: [], readFilter: () => ({ filter: () => ({}), problems: [] }), accounts: { of: async () => null }, now: () => new Date(),
  });
  if (!table) throw new Error(problems.join('\n'));
  const { policyKey } = await table.viewerOf({ ...nobody, kind: 'TOKEN', groups: [GROUP] }, AbortSignal.timeout(1000));
  return policyKey;
}
