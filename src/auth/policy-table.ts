import { createHash } from 'node:crypto';
import type { PolicyRules } from '../domain/access/policy-rules.js';
import { fieldKeys, type MetadataField } from '../domain/metadata-field.js';
import type { Sight } from '../domain/sight.js';
import type { Accounts } from './accounts.js';
import { hasCapabilities, readablePaths } from './capabilities.js';
import { fits } from './fits.js';
import type { Policy } from './policy.js';
import type { FilterAt, ReadFilter } from '../domain/access/policy-filter.js';
import { sightOfGrants, sightOfPaths, type Seen } from './policy-sight.js';

export interface PolicyTableOptions {
  readonly rules: PolicyRules;
  readonly fields: readonly MetadataField[];
  readonly readFilter: ReadFilter;
  readonly accounts: Accounts;
  readonly now: () => Date;
}

/** The policy of an access file, or all that is wrong with it, one sentence each. */
export function createPolicyTable({ rules, fields, readFilter, accounts, now }: PolicyTableOptions): { policy: Policy | undefined; problems: string[] } {
  const problems: string[] = [];
  const read = (place: string, type: 'FileFilter' | 'DidFilter', text: string | undefined): FilterAt | undefined => {
    if (text === undefined) return undefined;
    const { filter, problems: wrong } = readFilter(type, text);
    problems.push(...wrong.map((problem) => `policy.${place}: ${problem}`));
    return filter;
  };
  const grants = rules.grants.map(({ sees, ...grant }, at) => ({ ...grant, sees, seen: sees && {
    scopes: sees.scopes, files: read(`grants.${at}.sees.files`, 'FileFilter', sees.files), collections: read(`grants.${at}.sees.collections`, 'DidFilter', sees.collections),
  } }));
  const field = fields.find(({ name }) => name === rules.embargo);
  if (rules.embargo !== undefined && field?.type !== 'DateTime') problems.push(`policy.embargo: ${rules.embargo} is not a field of type DateTime in the registry`);
  if (problems.length > 0) return { policy: undefined, problems };

  const byAccount = grants.some(({ who }) => typeof who !== 'string' && who.some(({ account }) => account !== undefined));
  const policy: Policy = { async viewerOf(identity, signal) {
    const paths = hasCapabilities(identity) ? readablePaths(identity, rules.capabilities) : undefined;
    // Nobody waits for Rucio but where the policy itself asks for accounts.
    const account = byAccount ? await accounts.of(identity, signal) : null;
    const own = grants.filter(({ who }) => fits(who, identity, account));
    const may = new Set(own.flatMap((grant) => grant.may));
    const moment = now().toISOString();
    const seen = paths ? sightOfPaths(paths) : sightOfGrants(own.flatMap((grant): Seen[] => (grant.seen ? [grant.seen] : [])), moment);
    const isEmbargoed = field && !may.has('embargoed');
    const sight = isEmbargoed ? { ...seen, files: withoutEmbargoed(seen.files, field, moment) } : seen;
    // Not the sight itself: that goes with the time.
    const key = [paths ?? own.map(({ sees }) => sees ?? null), isEmbargoed ? field.name : null, [...may].sort()];
    return { ...identity, account: (stop, options) => accounts.of(identity, stop, options), sight, may, policyKey: createHash('sha256').update(JSON.stringify(key)).digest('base64url') };
  } };
  return { policy, problems };
}

/** A file without a date is free; one whose date cannot be read is not. */
function withoutEmbargoed(files: Sight['files'], field: MetadataField, now: string): object {
  const isFree = { or: [{ [field.name]: { lte: now } }, { [field.name]: { isNull: true }, metadata: fieldKeys(field).map((key) => ({ key, isNull: true })) }] };
  return files ? { and: [files, isFree] } : isFree;
}
