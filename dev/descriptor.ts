import { rmSync } from 'node:fs';
import { type Home, readJson, writeWhole } from './home.js';
import type { SignIn } from './issuer/issuer.js';
import { lockHolder } from './lock.js';
import path from 'node:path';

/** What other processes may know of a running stack: `stack.json` in its home, mode 600. */
export interface StackDescriptor {
  readonly pid: number;
  readonly home: string;
  /** `sync` has the metrics of `dipper sync`; `guarded` is a second dipper, which asks who is there and takes tokens of `issuer`. */
  readonly urls: { readonly dipper: string; readonly guarded: string; readonly sync: string; readonly issuer: string; readonly rucio: string; readonly storage: string };
  readonly signIn: SignIn;
  /** POST <controlUrl>/stop/<service> or /start/<service>; services: postgres, memcached, storage, rucio, issuer, sync, serve, guarded. */
  readonly controlUrl: string;
  /** For a shell with `rucio`, CTAO's client and `psql`. */
  readonly env: Readonly<Record<string, string>>;
  /** For dipper's own processes and `createApp`. */
  readonly dipperEnv: Readonly<Record<string, string>>;
  /** Pids at the start, by service. */
  readonly pids: Readonly<Record<string, number>>;
  readonly paths: { readonly logs: string; readonly storage: string; readonly venv: string; readonly python: string; readonly rucioConfig: string };
}

export const lockFile = (root: string): string => path.join(root, 'stack.lock');

export function writeDescriptor(home: Home, descriptor: StackDescriptor): () => void {
  writeWhole(home.file('stack.json'), `${JSON.stringify(descriptor, null, 2)}\n`, 0o600);
  return () => { rmSync(home.file('stack.json'), { force: true }); };
}

/** The stack that runs in this home now, if one does. */
export function readDescriptor(root: string): StackDescriptor | undefined {
  return lockHolder(lockFile(root)) === undefined ? undefined : readJson(path.join(root, 'stack.json')) as StackDescriptor | undefined;
}
