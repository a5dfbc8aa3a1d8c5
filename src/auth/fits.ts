import type { Grant, PolicyRules } from '../domain/access/policy-rules.js';
import type { Identity } from '../domain/identity.js';
import { hasCapabilities } from './capabilities.js';

type Match = Exclude<Grant['who'], string>[number] | PolicyRules['accounts'][number]['who'][number];

function fitsMatch(match: Match, identity: Identity, account: string | null): boolean {
  const { kind, issuer, subject } = identity;
  const groups = hasCapabilities(identity) ? [] : identity.groups;
  return (match.issuer === undefined || match.issuer === issuer)
    && (match.subject === undefined || match.subject === subject)
    && (match.group === undefined || (kind === 'TOKEN' && groups.includes(match.group)))
    && (match.voms === undefined || (kind === 'CERTIFICATE' && groups.includes(match.voms)))
    && (!('account' in match) || match.account === undefined || match.account === account);
}

/** Whether a line of the policy is about whoever comes with this identity and has this Rucio account. */
export function fits(who: Grant['who'] | readonly Match[], identity: Identity, account: string | null): boolean {
  if (who === 'everyone') return true;
  if (identity.kind === 'NONE') return false;
  return who === 'signed in' || (who as readonly Match[]).some((match) => fitsMatch(match, identity, account));
}
