import type { Part } from './disturbed-dipper.js';
import type { Trouble } from './door.js';
import type { Outcome } from './load.js';
import { kinds, type Kind } from './questions.js';

/** All that was seen of one fault. */
export interface Seen {
  readonly part: Part;
  readonly trouble: Trouble;
  readonly outcomes: readonly Outcome[];
  /** From the fault's end to the last failure; undefined where failures did not end. */
  readonly recovery: number | undefined;
  readonly skippedByRedis: number;
  readonly before: { readonly bytes: number; readonly handles: number };
  readonly peak: { readonly bytes: number; readonly handles: number };
  readonly after: { readonly bytes: number; readonly handles: number };
}

export const RECOVERED_WITHIN_SECONDS = 10;
const SUCCESS = 0.99;
/** Rucio itself, on the same machine as all this, is late now and then. */
const LIVE_SUCCESS = 0.95;
/** What does not need the part in trouble stays about as fast as it was. */
const FAST_MS = 1_000;
const MOST_BYTES = 120e6;
const MOST_HANDLES = 16;

const never = ['WRONG', 'LOST', 'LATE', 'BROKEN', 'none', 'INTERNAL'];
const ofRucio = ['UPSTREAM_UNAVAILABLE', 'UPSTREAM_TRUNCATED', 'TIMEOUT'];
const ofMirror = ['UNAVAILABLE', 'TIMEOUT'];
/** Who may be told that something is away, and how; all others are answered. */
const mayFail: Record<Part, Partial<Record<Kind, readonly string[]>>> = {
  rucio: { live: ofRucio }, redis: {}, issuer: { newcomer: ['UNAVAILABLE'] }, postgres: { mirror: ofMirror, live: [...ofMirror, ...ofRucio], newcomer: ofMirror },
};

export const counted = (codes: readonly string[]): [code: string, count: number][] => [...codes.reduce((sum, code) => sum.set(code, (sum.get(code) ?? 0) + 1), new Map<string, number>())].sort((a, b) => b[1] - a[1]);

export function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

/** What was not as it must be. */
export function misses({ part, trouble, outcomes, recovery, skippedByRedis, before, peak, after }: Seen): string[] {
  const found: string[] = [];
  for (const { kind, code, detail } of outcomes.filter(({ code: one }) => never.includes(one)).slice(0, 3)) found.push(`${kind}: ${code} ${detail ?? ''}`);
  for (const kind of kinds) {
    const all = outcomes.filter((one) => one.kind === kind);
    const failed = all.filter(({ code }) => code !== 'ok');
    if (all.length === 0) found.push(`${kind}: nothing was answered`);
    const allowed = mayFail[part][kind];
    const rate = 1 - failed.length / all.length;
    const wanted = kind === 'live' ? LIVE_SUCCESS : SUCCESS;
    if (!allowed && rate < wanted) found.push(`${kind}: ${(100 * rate).toFixed(1)} % answered, and ${100 * wanted} % is wanted`);
    if (!allowed && kind === 'live' && failed.some(({ code }) => code !== 'TIMEOUT' && !never.includes(code))) found.push(`${kind}: refused with something else than TIMEOUT`);
    for (const [code, count] of counted(failed.map((one) => one.code))) if (allowed && !allowed.includes(code) && !never.includes(code)) found.push(`${kind}: ${count} x ${code}, which does not say what is wrong`);
    const p99 = quantile(all.map(({ ms }) => ms), 0.99);
    if (kind === 'mirror' && !allowed && p99 > FAST_MS) found.push(`${kind}: one in a hundred took ${Math.round(p99)} ms or more`);
    // Else the fault was none, and all this says nothing.
    if (allowed && trouble !== 'slow' && failed.length === 0) found.push(`${kind}: did not notice anything`);
  }
  if (part === 'redis' && !(skippedByRedis > 0)) found.push('Redis was not missed');
  if (recovery === undefined || recovery > RECOVERED_WITHIN_SECONDS) found.push(`not recovered within ${RECOVERED_WITHIN_SECONDS} s`);
  if (Math.max(peak.bytes, after.bytes) - before.bytes > MOST_BYTES) found.push(`memory grew by ${Math.round((peak.bytes - before.bytes) / 1e6)} MB`);
  if (after.handles - before.handles > MOST_HANDLES) found.push(`${after.handles - before.handles} more open files and connections than before`);
  return found;
}
