import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Databases } from './databases.js';
import { type Home, type Secrets, writeWhole } from './home.js';
import type { Python } from './python.js';
import { run, service, type Service, tail } from './processes.js';
import { repository } from './repository.js';
import { StackFailure } from './stack-failure.js';
import { answers } from './until.js';

export const RUCIO_USERNAME = 'dipper';

export interface Rucio { readonly url: string; readonly config: string; readonly env: Readonly<Record<string, string>>; readonly service: Service }

const templates = path.join(repository, 'dev', 'rucio');

function fill(template: string, target: string, values: Readonly<Record<string, string>>): void {
  const text = readFileSync(path.join(templates, template), 'utf8');
  // Python's config parser reads % as the start of a reference.
  writeWhole(target, text.replaceAll(/@([A-Z_]+)@/g, (_, word: string) => (values[word] ?? '').replaceAll('%', '%%')), 0o600);
}

/** Writes Rucio's configuration; nothing runs yet. */
export function configureRucio(options: {
  home: Home; python: Python; secrets: Secrets; databases: Databases; port: number; /** Whose tokens it takes; nobody's where it is left out. */ issuer?: { readonly url: string; readonly audience: string }; cachePort: number; onExit: (failure: StackFailure) => void;
}): Rucio {
  const { home, python, secrets, databases, port, issuer, cachePort, onExit } = options;
  const folder = home.file('rucio');
  const etc = path.join(folder, 'etc');
  mkdirSync(etc, { recursive: true });
  const url = `http://127.0.0.1:${port}`;
  const config = path.join(etc, 'rucio.cfg');
  const values = {
    HOME: home.root, VENV: python.folder, SITE: python.rucio, RUCIO_URL: url, USERNAME: RUCIO_USERNAME, PASSWORD: secrets.account, CACHE_PORT: String(cachePort), AUDIENCE: issuer?.audience ?? 'nobody',
    DATABASE_URL: databases.rucioUrl.replace(/^postgres(ql)?:/, 'postgresql+psycopg:'),
  };
  fill('rucio.cfg.in', config, values);
  // Rucio only checks tokens; it is no client of the issuer's.
  const client = issuer && { issuer: issuer.url, client_id: 'rucio', client_secret: 'none', redirect_uris: [url] };
  writeWhole(path.join(etc, 'idpsecrets.json'), JSON.stringify(client ? { dev: { ...client, SCIM: client } } : {}), 0o600);
  fill('alembic.ini.in', path.join(etc, 'alembic.ini'), values);
  const env = {
    RUCIO_CONFIG: config, RUCIO_HOME: folder, RUCIO_ACCOUNT: 'root', PYTHONPATH: templates, PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1',
    VIRTUAL_ENV: python.folder, PATH: `${python.bin}:${process.env['PATH'] ?? ''}`,
    NO_PROXY: ['127.0.0.1', 'localhost', process.env['NO_PROXY'] ?? process.env['no_proxy']].filter(Boolean).join(','), // Rucio's client would ask a proxy for loopback, too
  };
  return {
    url, config, env,
    service: service(home, {
      name: 'rucio', command: python.python, env, onExit, readySeconds: 120,
      args: ['-m', 'gunicorn', '-w', '2', '--threads', '4', '--timeout', '300', '--graceful-timeout', '1', ...noControlSocket(python), '-b', `127.0.0.1:${port}`, 'wsgi:application'],
      isReady: (signal) => answers(`${url}/ping`, signal),
    }),
  };
}

/** gunicorn 27 has a control socket in the user's home, which two servers would share; the older one for Python 3.9 has none. */
function noControlSocket(python: Python): readonly string[] {
  return existsSync(path.join(path.dirname(python.rucio), 'gunicorn', 'ctl')) ? ['--no-control-socket'] : [];
}

/** Makes Rucio's tables and its root account in the empty database. */
export async function bootstrapRucio(home: Home, python: Python, rucio: Rucio, signal: AbortSignal): Promise<void> {
  await run(home, {
    name: 'rucio-bootstrap', command: python.python, args: [path.join(templates, 'bootstrap.py')], env: rucio.env, signal, failure: 'Rucio could not make its tables.',
  });
}

/** Fills the archive through Rucio's own interfaces. Its stdout lines `progress <done> <total> <text>` are passed on. */
export async function seedRucio(options: { home: Home; python: Python; rucio: Rucio; storageUrl: string; signal: AbortSignal; say: (text: string) => void }): Promise<void> {
  const { home, python, rucio, storageUrl, signal, say } = options;
  const seed = path.join(repository, 'dev', 'seed', 'seed.py');
  await run(home, {
    name: 'seed', command: python.python, args: [seed], signal, failure: 'The archive could not be seeded.',
    env: { ...rucio.env, DIPPER_STORAGE: home.storage, DIPPER_STORAGE_URL: storageUrl },
    onLine: (line) => {
      const [, done, total, text] = /^progress (\d+) (\d+) (.*)$/.exec(line) ?? [];
      if (text !== undefined) say(`${text} (${done} of ${total})`);
    },
  }).catch((error: unknown) => {
    if (error instanceof StackFailure && error.log !== undefined) throw new StackFailure(`${error.message}\n${tail(error.log)}`, error.log, { cause: error });
    throw error;
  });
}
