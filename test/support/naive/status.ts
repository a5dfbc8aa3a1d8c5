import type { Catalogue } from './catalogue.js';
import { dateTime, microseconds } from './values.js';

export function completeness({ tables }: Catalogue): object {
  const source = tables.source[0];
  const followed = typeof source?.as_of === 'string';
  const setAside = tables.set_aside.length > 0;
  return { complete: followed && !setAside, truncatedBy: !followed ? 'SNAPSHOT' : setAside ? 'SET_ASIDE' : null, asOf: dateTime(source?.as_of ?? null), position: source?.position ?? null };
}

/** Without a sign of life from sync for so long, the mirror is stale. */
const STALE_AFTER = 10_000_000n;

export function mirrorObject({ tables }: Catalogue): object {
  const source = tables.source[0];
  const now = BigInt(Date.now()) * 1000n;
  const stale = !source?.checked_at || now - microseconds(source.checked_at) > STALE_AFTER;
  const age = (moment: string | null | undefined) => (moment ? Math.max(0, Number(now - microseconds(moment)) / 1e6) : 0);
  const lag = !stale && source.state === 'STREAMING' ? age(source.behind_since) : Math.max(age(source?.as_of), age(source?.behind_since));
  return {
    source: source?.kind ?? 'REPLICATION', state: stale ? 'STALE' : source.state, asOf: dateTime(source?.as_of ?? null), position: source?.position ?? null,
    lagSeconds: source?.as_of ? lag : null, setAside: BigInt(tables.set_aside.length),
  };
}
