import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { readJson, writeWhole } from './home.js';
import { StackFailure } from './stack-failure.js';

export interface InnerPorts { readonly postgres: number; readonly rucio: number; readonly storage: number; readonly memcached: number; readonly metrics: number; readonly issuer: number; readonly guarded: number }

export async function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => { resolve(false); });
    probe.listen({ port, host, exclusive: true }, () => { probe.close(() => { resolve(true); }); });
  });
}

/** A free port below the range that the system hands out for outgoing connections, so that it stays free over a restart. */
export async function freePort(taken: ReadonlySet<number> = new Set()): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = randomInt(20_000, 30_000);
    if (!taken.has(port) && await isFree(port)) return port;
  }
  throw new StackFailure('No free port was found between 20000 and 30000.');
}

/** Ports of the inner services, chosen at the first start and remembered. Once there are replicas, storage keeps its own: they name it. */
export async function innerPorts(file: string, hasReplicas: boolean): Promise<InnerPorts> {
  const kept = (readJson(file) ?? {}) as Partial<InnerPorts>;
  if (hasReplicas && kept.storage !== undefined && !await isFree(kept.storage)) {
    throw new StackFailure(`Port ${kept.storage}, which the replicas of this archive name, is in use by another program; stop that one, or start over with --fresh.`);
  }
  const taken = new Set<number>();
  const choose = async (name: keyof InnerPorts) => {
    const before = kept[name];
    const port = before !== undefined && !taken.has(before) && await isFree(before) ? before : await freePort(taken);
    taken.add(port);
    return port;
  };
  const ports = {
    storage: await choose('storage'), postgres: await choose('postgres'), rucio: await choose('rucio'), memcached: await choose('memcached'), metrics: await choose('metrics'),
    issuer: await choose('issuer'), guarded: await choose('guarded'),
  };
  writeWhole(file, `${JSON.stringify(ports, null, 2)}\n`);
  return ports;
}
