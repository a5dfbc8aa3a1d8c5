import path from 'node:path';
import type { Home } from '../../dev/home.js';
import { service } from '../../dev/processes.js';
import { repository } from '../../dev/repository.js';
import { answers } from '../../dev/until.js';

export interface Serving { readonly url: string; readonly pid: number; stop(): Promise<void> }

/** A `dipper serve` as a process of its own, once it is ready. `onExit` is told when it ends by itself. */
export async function startServe(home: Home, name: string, env: Readonly<Record<string, string>> & { readonly DIPPER_PORT: string }, onExit: (text: string) => void): Promise<Serving> {
  const url = `http://127.0.0.1:${env.DIPPER_PORT}`;
  const dipper = service(home, {
    name, command: process.execPath, args: [path.join(repository, 'dist', 'src', 'main.js'), 'serve'], readySeconds: 60, isReady: (signal) => answers(`${url}/readyz`, signal),
    env: { ...env, DIPPER_LOG_LEVEL: 'warn' }, onExit: (failure) => { onExit(String(failure)); },
  });
  await dipper.start();
  return { url, pid: dipper.pid!, stop: () => dipper.stop() };
}
