import type { PolicyRules } from '../domain/access/policy-rules.js';
import type { Identity } from '../domain/identity.js';
import { DipperError } from '../errors.js';

/** More become too long a condition. */
const MOST_PATHS = 32;

// In whatever letters: what is no capability of this profile opens nothing, and groups do not stand in for it.
const capabilitiesOf = ({ scopes }: Identity) => scopes.filter((scope) => /^storage\./i.test(scope));
const isReading = (scope: string) => /^storage\.(read|stage):\//.test(scope); // whoever may stage may read
const isBelow = (path: string, base: string) => base === '/' || path === base || path.startsWith(`${base}/`);

/** Whether somebody comes with capabilities for storage: they win over groups. Whoever shows some wants no more than these. */
export const hasCapabilities = (identity: Identity): boolean => capabilitiesOf(identity).length > 0;

/** The paths that capabilities let read, none within another; one for writing alone reads nothing. */
export function readablePaths(identity: Identity, rules: PolicyRules['capabilities']): readonly string[] {
  const under = rules.filter(({ issuer }) => issuer === identity.issuer).map((rule) => rule.under);
  const asked = capabilitiesOf(identity).filter(isReading).map((scope) => scope.slice(scope.indexOf(':') + 1).replace(/\/+$/, '') || '/');
  // A capability holds where it and the issuer's part of the archive meet: in the narrower of both.
  const met = [...new Set(asked.flatMap((path) => under.flatMap((base) => (isBelow(path, base) ? [path] : isBelow(base, path) ? [base] : []))))];
  const paths = met.filter((path) => !met.some((other) => other !== path && isBelow(path, other))).sort();
  if (paths.length > MOST_PATHS) throw new DipperError('FORBIDDEN', `The token has capabilities for ${paths.length} paths; at most ${MOST_PATHS} are read. Ask for a token with fewer.`);
  return paths;
}
