import { Counter, type Registry } from 'prom-client';

const seen = { memory: ['hit', 'stale', 'error'], redis: ['hit', 'stale', 'error'], flight: ['hit', 'stale'], rucio: ['hit', 'error'] };

/** Counts parts of live answers by where they came from. */
export function createLiveMetrics(registry: Registry): (tier: string, result: string, count: number) => void {
  const reads = new Counter({
    name: 'dipper_live_cache_reads_total', labelNames: ['tier', 'result'], registers: [registry],
    help: 'Parts of LIVE answers: tier memory, redis, flight (a call that was under way) or rucio; result hit, stale (found, not used) or error.',
  });
  // From 0 on, so that the first of each shows, too.
  for (const [tier, results] of Object.entries(seen)) for (const result of results) reads.inc({ tier, result }, 0);
  return (tier, result, count) => { reads.inc({ tier, result }, count); };
}
