import { createHash } from 'node:crypto';

export type NetworkDomain = 'lan' | 'wan';

/** Priorities by operation; smaller comes first, 0 is first of all, null is not offered. */
export type Priorities = Readonly<Record<string, number | null>>;

/** A way to reach the files of an RSE, as Rucio keeps it. */
export interface Protocol {
  scheme: string;
  hostname: string;
  port: number;
  prefix: string;
  /** Rucio's class that speaks it; it decides how the parts of a PFN are joined. */
  impl: string;
  extendedAttributes: unknown;
  domains: Readonly<Record<NetworkDomain, Priorities>>;
}

/** What of an RSE decides over its PFNs. */
export interface PfnRse {
  protocols: readonly Protocol[];
  /** Whether a file's path follows from its name; else each replica carries its own. */
  deterministic: boolean;
  /** The way from name to path; undefined where Rucio's algorithm is unknown here. */
  pathRule: PathRule | undefined;
}

/** Ways from a name to a path: as it is, below its scope, or below its scope and two parts of a digest. */
export const pathRules = ['name', 'identity', 'hash'] as const;
export type PathRule = (typeof pathRules)[number];

/** Algorithms that each Rucio has, by their names there. */
export const rucioPathRules = { identity: 'identity', hash: 'hash' } as const;

/** Classes whose addresses hold more than scheme, host, port, prefix and path. */
const unaddressed = new Set(['bittorrent', 'globus', 'rclone', 'ssh']);

/** Address of one copy by one protocol in one domain. */
export interface Pfn {
  url: string;
  scheme: string;
  domain: NetworkDomain;
  priority: number;
}

/**
 * Addresses of a copy, one for each protocol and domain that the RSE offers for reading, first priority first.
 * None where the path cannot be told: an algorithm unknown here, or no path on an RSE that is not deterministic.
 */
export function pfns(rse: PfnRse, scope: string, name: string, path?: string | null): Pfn[] {
  const known = path || (rse.deterministic ? pathByName(rse.pathRule, scope, name) : undefined);
  if (known === undefined) return [];
  const all = rse.protocols.flatMap((protocol) => {
    const url = urlOf(protocol, known, Boolean(path));
    return offered(protocol).map(({ domain, priority }) => ({ url, scheme: protocol.scheme, domain, priority }));
  });
  return all.sort((a, b) => a.priority - b.priority || order(a.domain, b.domain) || order(a.scheme, b.scheme) || order(a.url, b.url));
}

/** Path of a copy on an RSE that is not deterministic, told from one of its PFNs; undefined where no protocol makes such PFNs. */
export function pathOfPfn(protocols: readonly Protocol[], url: string): string | undefined {
  for (const protocol of protocols) {
    const base = urlOf(protocol, '', false);
    // Rucio keeps such paths with a slash in front; some protocols drop it on the way out.
    if (url.length > base.length && url.startsWith(base)) return `/${url.slice(base.length).replace(/^\//, '')}`;
  }
  return undefined;
}

function offered(protocol: Protocol): { domain: NetworkDomain; priority: number }[] {
  if (unaddressed.has(moduleOf(protocol.impl))) return [];
  return (['lan', 'wan'] as const).flatMap((domain) => {
    const priority = protocol.domains[domain]['read'];
    return priority === null || priority === undefined ? [] : [{ domain, priority }];
  });
}

function pathByName(rule: PathRule | undefined, scope: string, name: string): string | undefined {
  const folder = /^(user|group)/.test(scope) ? scope.replaceAll('.', '/') : scope;
  switch (rule) {
    case 'name': return name;
    case 'identity': return `${folder}/${name}`;
    case 'hash': {
      const digest = createHash('md5').update(`${scope}:${name}`).digest('hex');
      return `${folder}/${digest.slice(0, 2)}/${digest.slice(2, 4)}/${name}`;
    }
    default: return undefined;
  }
}

/** Joins the parts as the protocol's class does in Rucio; slashes that meet are kept, for storage systems see them. */
function urlOf(protocol: Protocol, path: string, ownPath: boolean): string {
  const { scheme, hostname, port } = protocol;
  const prefix = slashed(protocol.prefix);
  const bare = path.startsWith('/') ? path.slice(1) : path;
  switch (moduleOf(protocol.impl)) {
    case 'posix': return `${scheme}://${hostname}${prefix}${ownPath ? bare : path}`;
    case 'xrootd':
    case 'storm': return `${scheme}://${hostname}:${port}${prefix}${path}`;
    case 'gfal': {
      const host = hostname.includes('://') ? hostname.split('://')[1]! : hostname;
      return `${scheme}://${host}${port === 0 ? '' : `:${port}`}${webServicePath(protocol)}${prefix}${scheme === 'root' ? path : bare}`;
    }
    default: return `${scheme}://${hostname}:${port}${prefix}${ownPath ? bare : path}`;
  }
}

/** The prefix with a slash at both ends; slashes within are kept. */
function slashed(prefix: string): string {
  const absolute = prefix.startsWith('/') ? prefix : `/${prefix}`;
  return absolute.endsWith('/') ? absolute : `${absolute}/`;
}

/** `posix` of `rucio.rse.protocols.posix.Default`. */
function moduleOf(impl: string): string {
  return impl.split('.').at(-2) ?? '';
}

function webServicePath({ extendedAttributes }: Protocol): string {
  const path = typeof extendedAttributes === 'object' && extendedAttributes !== null && 'web_service_path' in extendedAttributes
    ? extendedAttributes.web_service_path : undefined;
  return typeof path === 'string' ? path : '';
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
