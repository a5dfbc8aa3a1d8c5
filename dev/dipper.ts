import path from 'node:path';
import type { Databases } from './databases.js';
import type { Home, Secrets } from './home.js';
import { run, service, type Service } from './processes.js';
import { repository } from './repository.js';
import { RUCIO_USERNAME } from './rucio.js';
import type { StackFailure } from './stack-failure.js';
import { answers } from './until.js';

const main = path.join(repository, 'dist', 'src', 'main.js');

export interface Dipper { readonly url: string; readonly env: Readonly<Record<string, string>>; readonly sync: Service; readonly serve: Service; readonly guarded: Service }

/** What dipper's processes read from their environment. */
export function dipperEnvironment(options: { port: number; rucioUrl: string; secrets: Secrets; databases: Databases; suffix: string }): Record<string, string> {
  const { port, rucioUrl, secrets, databases, suffix } = options;
  return {
    DIPPER_HOST: '127.0.0.1', DIPPER_PORT: String(port), DIPPER_AUTH: 'none', DIPPER_LOG_LEVEL: process.env['DIPPER_LOG_LEVEL'] ?? 'info',
    DIPPER_SLOT: `dipper${suffix}`, // slots belong to the server, not to a database
    DATABASE_URL: databases.mirrorUrl, RUCIO_URL: rucioUrl, RUCIO_ACCOUNT: 'root', RUCIO_USERNAME, RUCIO_PASSWORD: secrets.account, DIPPER_SECRET: secrets.dipper,
  };
}

/** dipper's processes, not started yet; `guarded` is one more that answers, with what it needs of its environment beside the rest. */
export function dipper(home: Home, env: Readonly<Record<string, string>>, guarded: Readonly<Record<string, string>>, metricsPort: number, databases: Databases, onExit: (failure: StackFailure) => void): Dipper {
  const at = (port: string | undefined) => `http://127.0.0.1:${port}`;
  const url = at(env['DIPPER_PORT']);
  const part = (name: string, more: Record<string, string>, isReady: (signal: AbortSignal) => Promise<boolean>, command = name) => service(home, {
    name, command: process.execPath, args: [main, command], env: { ...env, ...more }, isReady, readySeconds: 120, onExit,
  });
  return {
    url, env,
    sync: part('sync', { RUCIO_DATABASE_URL: databases.syncUrl, DIPPER_METRICS_PORT: String(metricsPort) }, async () => true),
    serve: part('serve', {}, (signal) => answers(`${url}/readyz`, signal)),
    guarded: part('guarded', guarded, (signal) => answers(`${at(guarded['DIPPER_PORT'])}/readyz`, signal), 'serve'),
  };
}

export async function migrateMirror(home: Home, env: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void> {
  await run(home, { name: 'migrate', command: process.execPath, args: [main, 'migrate'], env, signal, failure: 'The mirror could not be set up.' });
}
