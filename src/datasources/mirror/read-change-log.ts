import { circuitBreaker, ConsecutiveBreaker, handleAll, timeout, TimeoutStrategy } from 'cockatiel';
import type { ChangeTag } from './change-tag.js';
import type { MirrorPool } from './pool.js';

/** How far the mirror had come at a moment. */
export interface Stamp {
  readonly era: string;
  /** In the source's log. */
  readonly position: bigint;
  /** By the clock of the mirror's database, in ms since 1970. */
  readonly at: number;
}

/** What the mirror knows of some tags at a moment. */
export interface View extends Stamp {
  /** When the era began, in ms since 1970. */
  readonly eraAt: number;
  /** All that the source had committed by then is in the mirror; in ms since 1970. */
  readonly asOf: number;
  /** Those of the tags that have changed of late. */
  readonly changed: ReadonlyMap<ChangeTag, { readonly position: bigint; readonly at: number }>;
}

/** Says whether answers of Rucio still hold. */
export interface ChangeLog {
  /** What is known of these tags now; undefined where the mirror cannot tell: no stream is followed, or it does not answer. */
  view(tags: readonly ChangeTag[]): Promise<View | undefined>;
}

/** LIVE must go on where the mirror does not answer: it is not waited for longer, and left alone for a while after failures. */
const PATIENCE_MS = 1_000;
const REST_MS = 1_000;
const FAILURES = 3;

// One statement, so that all is of one moment. The mirror is followed if sync has written of late.
const text = `
  select (select json_build_object('era', e.era, 'position', (s.position - '0/0')::text, 'at', extract(epoch from clock_timestamp()) * 1000,
      'eraAt', extract(epoch from e.since) * 1000, 'asOf', extract(epoch from s.as_of) * 1000,
      'changed', (select coalesce(json_agg(json_build_array(c.tag::text, (c.position - '0/0')::text, extract(epoch from c.changed_at) * 1000)), '[]')
        from mirror.change c where c.tag = any($1::bigint[])))
    from mirror.source s cross join mirror.era e
    where s.kind = 'REPLICATION' and s.state = 'STREAMING' and s.position is not null and s.as_of is not null
      and s.checked_at > clock_timestamp() - interval '10 s')::text`;

interface Row { era: string; position: string; at: number; eraAt: number; asOf: number; changed: [tag: string, position: string, at: number][] }

export function createChangeLog(pool: MirrorPool): ChangeLog {
  const breaker = circuitBreaker(handleAll, { halfOpenAfter: REST_MS, breaker: new ConsecutiveBreaker(FAILURES) });
  const patience = timeout(PATIENCE_MS, TimeoutStrategy.Aggressive);

  async function viewOf(tags: ReadonlySet<ChangeTag>): Promise<View | undefined> {
    try {
      const [json] = await breaker.execute(() => patience.execute(({ signal }) => pool.row({ text, values: [[...tags]] }, signal)));
      if (!json) return undefined;
      const row = JSON.parse(json) as Row;
      return { ...row, position: BigInt(row.position), changed: new Map(row.changed.map(([tag, position, at]) => [tag, { position: BigInt(position), at }])) };
    } catch {
      return undefined;
    }
  }

  // One statement at a time, with all that was asked for while the one before ran: many requests take one connection.
  let running: Promise<unknown> = Promise.resolve();
  let next: { readonly tags: Set<ChangeTag>; readonly view: Promise<View | undefined> } | undefined;
  function enqueue() {
    const tags = new Set<ChangeTag>();
    const view = running.then(() => {
      next = undefined;
      return viewOf(tags);
    });
    running = view;
    return { tags, view };
  }

  return {
    view(tags) {
      const { tags: all, view } = next ??= enqueue();
      for (const tag of tags) all.add(tag);
      return view;
    },
  };
}
