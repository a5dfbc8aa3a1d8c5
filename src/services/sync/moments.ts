import type { Lsn } from '../../datasources/rucio-db/lsn.js';
import type { Moment } from '../../datasources/rucio-db/slot.js';

const MAX = 1_000;

/** Moments of the source that the mirror has yet to reach, oldest first. */
export class Moments {
  private readonly waiting: { moment: Moment; seenAt: number }[] = [];

  add(moment: Moment): void {
    // When far behind, the newest makes way: the oldest are what comes next.
    if (this.waiting.length === MAX) this.waiting.pop();
    this.waiting.push({ moment, seenAt: performance.now() });
  }

  /** The latest moment that lies wholly before the position, or null. Forgets it and all before. */
  reachedBy(position: Lsn): string | null {
    let at: string | null = null;
    while (this.waiting[0] && this.waiting[0].moment.position <= position) at = this.waiting.shift()!.moment.at;
    return at;
  }

  /** The oldest moment that has waited longer than this many ms. */
  overdue(ms: number): Moment | null {
    const first = this.waiting[0];
    return first && performance.now() - first.seenAt > ms ? first.moment : null;
  }

  get any(): boolean {
    return this.waiting.length > 0;
  }
}
