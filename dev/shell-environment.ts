import type { Databases } from './databases.js';
import { DEV_ENV_MARK } from './postgres.js';
import type { Python } from './python.js';
import type { Rucio } from './rucio.js';

const marked = (text: string): string => {
  const url = new URL(text);
  url.searchParams.set('application_name', DEV_ENV_MARK);
  return url.href;
};

/** What a shell needs for `rucio`, CTAO's client and `psql` on this stack. PATH is to be put before the shell's own. */
export function shellEnvironment(rucio: Rucio, databases: Databases, python: Python): Record<string, string> {
  const mirror = new URL(databases.mirrorUrl);
  return {
    RUCIO_CONFIG: rucio.config, RUCIO_HOME: rucio.env['RUCIO_HOME'] ?? '', RUCIO_ACCOUNT: 'root', NO_PROXY: rucio.env['NO_PROXY'] ?? '',
    DATABASE_URL: marked(databases.mirrorUrl), RUCIO_DATABASE_URL: marked(databases.rucioUrl),
    PGHOST: mirror.hostname, PGPORT: mirror.port || '5432', PGUSER: mirror.username, PGPASSWORD: decodeURIComponent(mirror.password), PGDATABASE: databases.mirror,
    PATH: python.bin,
  };
}
