import type { Sight } from '../domain/sight.js';
import type { FilterAt } from '../domain/access/policy-filter.js';

/** What a grant shows, with its filters read. */
export interface Seen { readonly scopes: 'all' | readonly string[]; readonly files: FilterAt | undefined; readonly collections: FilterAt | undefined }

/** All that fits one of these; nothing where there is none; undefined for everything. */
function union(grants: readonly Seen[], filterOf: (seen: Seen) => FilterAt | undefined, now: string): object | undefined {
  const free = grants.filter((seen) => !filterOf(seen));
  if (free.some(({ scopes }) => scopes === 'all')) return undefined;
  const scopes = [...new Set(free.flatMap((seen) => seen.scopes as readonly string[]))].sort();
  const filtered = grants.flatMap((seen) => {
    const filter = filterOf(seen)?.(now);
    return !filter ? [] : seen.scopes === 'all' ? [filter] : [{ and: [{ scope: { in: seen.scopes } }, filter] }];
  });
  // Scopes are one value, so that the statement is the same however many there are.
  const parts = scopes.length > 0 || filtered.length === 0 ? [{ scope: { in: scopes } }, ...filtered] : filtered;
  return parts.length === 1 ? parts[0] : { or: parts };
}

/** What all these grants show together. */
export const sightOfGrants = (grants: readonly Seen[], now: string): Sight => {
  const [files, collections] = [union(grants, (seen) => seen.files, now), union(grants, (seen) => seen.collections, now)];
  return { ...(files && { files }), ...(collections && { collections }) };
};

/** What lies at and below these paths. */
export function sightOfPaths(paths: readonly string[]): Sight {
  if (paths.includes('/')) return {};
  const filter = paths.length === 0 ? { scope: { in: [] } } : { or: paths.flatMap((path) => [{ name: { eq: path } }, { name: { startsWith: `${path}/` } }]) };
  return { files: filter, collections: filter };
}
