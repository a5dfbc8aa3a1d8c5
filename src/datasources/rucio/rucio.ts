import { createBulk, type Bulk } from './bulk.js';
import { createDids, type Dids } from './dids.js';
import { createExchange, type CallReport } from './exchange.js';
import { createIdentities, type Identities } from './identities.js';
import { createNames, type Names } from './names.js';
import { createPing, type Ping } from './ping.js';
import { createReplicas, type Replicas } from './replicas.js';
import { createRses, type Rses } from './rses.js';
import { createRules, type Rules } from './rules.js';
import type { Login } from './log-in.js';
import { createTransport } from './transport.js';
import { createWrites, type Writes } from './writes.js';

export interface RucioOptions extends Login {
  url: string;
  /** Longest wait for an answer to begin, and for each further piece of it. */
  timeoutMs: number;
  /** Requests at a time; Rucio sets no limit of its own. */
  maxConcurrency?: number;
  /** Requests a second, evenly spread. */
  rate?: number;
  /** How long Rucio is left alone after it failed again and again; 0 where the caller waits by itself. */
  restMs?: number;
  /** Told of each request that went out, logins too. */
  onCall?: (report: CallReport) => void;
}

/** Rucio's REST interface: read as one account, written to as the account of whoever asks for it. */
export interface Rucio extends Bulk, Dids, Identities, Names, Ping, Replicas, Rules, Rses, Writes {
  /** Ends at once, requests under way too. */
  close(): Promise<void>;
}

/** Whoever keeps the mirror counts as out of touch with Rucio after 10 s. */
const PING_MS = 5_000;

export function createRucio({ maxConcurrency = 8, rate, restMs = 5000, onCall, url, timeoutMs, account, username, password }: RucioOptions): Rucio {
  const exchange = createExchange({ url, timeoutMs, maxConcurrency, rate, restMs, onCall });
  // Signs of life wait for no other request: how busy Rucio is does not say whether it is there.
  const aside = createExchange({ url, timeoutMs: Math.min(timeoutMs, PING_MS), maxConcurrency: 1, restMs: 0, onCall });
  const transport = createTransport(exchange, { account, username, password });
  return {
    ...createBulk(transport), ...createDids(transport), ...createIdentities(transport), ...createNames(transport), ...createPing(aside), ...createReplicas(transport),
    ...createRules(transport), ...createRses(transport), ...createWrites(exchange, { username, password }), async close() { await Promise.all([exchange.close(), aside.close()]); },
  };
}
