import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { MirrorStatus } from '../read/status.js';
import { addMirrorMetrics } from './mirror-metrics.js';

export interface Metrics {
  readonly registry: Registry;
  /** Call the result when the operation has been answered: its kind, and the codes of its errors. */
  startOperation(): (kind: string, errors: readonly string[]) => void;
}

/** What is asked of the mirror at each scrape; `keyConflicts` counts files by field. */
export interface MirrorCounts { readonly status: () => Promise<MirrorStatus>; readonly keyConflicts: () => Promise<ReadonlyMap<string, number>> }

/** Prometheus metrics. Where the mirror does not answer, its numbers are NaN and what has labels is missing. */
export function createMetrics({ status, keyConflicts }: MirrorCounts): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'dipper_' });
  const duration = new Histogram({
    name: 'dipper_graphql_operation_seconds', help: 'Time from the request to its answer, in seconds.',
    labelNames: ['kind'], buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30], registers,
  });
  const errorsTotal = new Counter({ name: 'dipper_graphql_errors_total', help: 'Errors in answers, by code.', labelNames: ['code'], registers });
  addMirrorMetrics(registry, status);
  new Gauge({
    name: 'dipper_mirror_key_conflicts', help: "Files for which two of the field's keys in Rucio say different things; the first key counts.",
    labelNames: ['field'], registers,
    async collect() {
      this.reset();
      for (const [field, files] of await keyConflicts().catch(() => [])) this.set({ field }, files);
    },
  });
  return {
    registry,
    startOperation() {
      const stop = duration.startTimer();
      return (kind, errors) => {
        stop({ kind });
        for (const code of errors) errorsTotal.inc({ code });
      };
    },
  };
}
