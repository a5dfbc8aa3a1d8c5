import { z } from 'zod';
import { replicaStates, type ReplicaState } from '../../domain/replica-state.js';
import { chunksOfDids, type DidName } from './chunks.js';
import { rowsOf, type ListReading } from './listing.js';
import type { Transport } from './transport.js';
import { did, integer } from './wire.js';

/** A copy as Rucio's REST interface shows it; when it was registered is not told there. */
export interface LiveReplica {
  /** Name of the RSE. */
  rse: string;
  state: ReplicaState;
  /** One address at most, from which the path can be told where the RSE is not deterministic. */
  pfn: string | null;
}

/** A file and all its copies, whatever their state, by RSE. */
export interface FileReplicas extends DidName {
  bytes: string;
  adler32: string | null;
  md5: string | null;
  replicas: LiveReplica[];
}

export interface Replicas {
  /** The known ones among these files, with no copies too; one request for each 500. A collection stands for its files that have copies. */
  replicas(dids: readonly DidName[], reading?: ListReading): AsyncGenerator<FileReplicas>;
}

const shape = z.object({
  ...did, bytes: integer, adler32: z.string().nullable(), md5: z.string().nullable(),
  states: z.record(z.string(), z.enum(replicaStates)).default({}),
  rses: z.record(z.string(), z.array(z.string())).default({}),
});

/**
 * All states, at unavailable RSEs too. The addresses are not used as they come: Rucio numbers their priorities anew, gives one domain
 * where there are two, and leaves some out; domain wan alone is the quickest. `random` spares the look-up of places for the sort.
 */
const options = { all_states: true, ignore_availability: true, resolve_archives: false, domain: 'wan', sort: 'random' };

export function createReplicas(transport: Transport): Replicas {
  return {
    async *replicas(dids, { signal, onFault } = {}) {
      for (const chunk of chunksOfDids(dids)) {
        const call = { method: 'POST', path: '/replicas/list', body: { dids: chunk, ...options }, signal } as const;
        for await (const { states, rses, ...file } of rowsOf(transport, call, shape, onFault)) {
          const replicas = Object.entries(states).map(([rse, state]) => ({ rse, state, pfn: rses[rse]?.[0] ?? null }));
          yield { ...file, replicas: replicas.sort((a, b) => (a.rse < b.rse ? -1 : 1)) };
        }
      }
    },
  };
}
