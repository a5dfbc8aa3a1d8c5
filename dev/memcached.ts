import { existsSync } from 'node:fs';
import { createConnection } from 'node:net';
import { aptInstall } from './apt.js';
import type { Home } from './home.js';
import { isRoot, serviceUser } from './os-user.js';
import { service, type Service } from './processes.js';
import type { StackFailure } from './stack-failure.js';

const find = () => ['/usr/bin/memcached', '/usr/local/bin/memcached', '/usr/sbin/memcached'].find((file) => existsSync(file));

async function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('connect', () => { socket.destroy(); resolve(true); }).once('error', () => { resolve(false); });
  });
}

/** Rucio's cache. Undefined where there is none to be had: Rucio does without. */
export async function memcached(home: Home, port: number, signal: AbortSignal, say: (text: string) => void, onExit: (failure: StackFailure) => void): Promise<Service | undefined> {
  if (find() === undefined && isRoot()) {
    say('installing memcached');
    await aptInstall(home, ['memcached'], 'memcached is missing.', signal).catch(() => { signal.throwIfAborted(); });
  }
  const command = find();
  if (command === undefined) {
    say('no memcached on this machine: Rucio runs without a cache');
    return undefined;
  }
  return service(home, {
    name: 'memcached', command, user: serviceUser(), args: ['-l', '127.0.0.1', '-p', String(port), '-U', '0', '-m', '64'],
    isReady: () => accepts(port), readySeconds: 10, onExit,
  });
}
