import { Gauge, type Registry } from 'prom-client';
import type { MirrorStatus } from '../read/status.js';
import { MirrorState } from '../schema/enums.js';

/** Numbers, NaN where they are null or the mirror does not answer. */
const numbers: readonly { name: string; help: string; value: (now: MirrorStatus) => number | null }[] = [
  { name: 'dipper_mirror_lag_seconds', help: 'Age of the oldest change of Rucio that is not in the mirror, or may not be; NaN where that is not known.', value: ({ lagSeconds }) => lagSeconds },
  { name: 'dipper_mirror_as_of_seconds', help: 'Moment up to which all changes of Rucio are in the mirror, in seconds since 1970; NaN before the first snapshot.', value: ({ asOf }) => asOf && asOf.getTime() / 1000 },
  { name: 'dipper_mirror_set_aside', help: 'Source rows that could not be taken in.', value: ({ setAside }) => setAside },
  { name: 'dipper_mirror_backlog_bytes', help: "Log that Rucio's Postgres keeps for the mirror, in bytes, as sync saw it last; NaN where that is not known.", value: ({ backlogBytes }) => backlogBytes },
];

/** One of several words: 1 for the one that holds, 0 for the others; missing where none does or the mirror does not answer. */
const words: readonly { name: string; help: string; label: string; all: readonly string[]; value: (now: MirrorStatus) => string | null }[] = [
  { name: 'dipper_mirror_state', help: 'What the mirror is doing.', label: 'state', all: Object.values(MirrorState), value: ({ state }) => state },
  { name: 'dipper_mirror_slot_status', help: "What Rucio's Postgres says of the replication slot, as sync saw it last.", label: 'status', all: ['reserved', 'extended', 'unreserved', 'lost'], value: ({ slotStatus }) => slotStatus },
];

/** How the mirror is doing, asked once a scrape. */
export function addMirrorMetrics(registry: Registry, status: () => Promise<MirrorStatus>): void {
  const registers = [registry];
  let asked: Promise<MirrorStatus | undefined> | undefined;
  // All gauges of a scrape collect at once.
  const now = () => asked ??= status().catch(() => undefined).finally(() => { asked = undefined; });
  for (const { name, help, value } of numbers) {
    new Gauge({ name, help, registers, async collect() {
      const found = await now();
      this.set((found && value(found)) ?? NaN);
    } });
  }
  for (const { name, help, label, all, value } of words) {
    new Gauge({ name, help, labelNames: [label], registers, async collect() {
      const found = await now();
      const holds = found && value(found);
      this.reset();
      if (holds != null) for (const word of all) this.set({ [label]: word }, word === holds ? 1 : 0);
    } });
  }
}
