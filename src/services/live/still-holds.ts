import type { ChangeTag } from '../../datasources/mirror/change-tag.js';
import type { Stamp, View } from '../../datasources/mirror/read-change-log.js';

/**
 * A commit can be streamed to the mirror a little before those who read its source see it: what Rucio said so soon after a change that the
 * mirror took in may be from before it.
 */
const UNSEEN_MS = 1_000;

/** Whether what was true when the mirror was at `then` has not changed up to `now`, a view that was asked about all these tags. */
export function stillHolds(then: Stamp, tags: readonly ChangeTag[], now: View): boolean {
  const before = then.at - UNSEEN_MS;
  if (then.era !== now.era || now.eraAt > before) return false;
  return tags.every((tag) => {
    const change = now.changed.get(tag);
    return !change || (change.position <= then.position && change.at <= before);
  });
}
