import { randomBytes, createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Passwords of one stack, random, kept in its home with mode 600. */
export interface Secrets { readonly postgres: string; readonly rucio: string; readonly sync: string; readonly mirror: string; readonly account: string; readonly dipper: string }

/** The folder of one stack: data, logs, pids. `shared` holds what several stacks may share: the Python environment. */
export interface Home {
  readonly root: string;
  readonly shared: string;
  readonly logs: string;
  readonly pids: string;
  /** One folder per RSE. */
  readonly storage: string;
  /** Tells this home's databases from those of others on one server. */
  readonly id: string;
  file(name: string): string;
}

export function openHome(root: string, shared: string): Home {
  const home: Home = {
    root: path.resolve(root), shared: path.resolve(shared),
    logs: path.resolve(root, 'logs'), pids: path.resolve(root, 'pids'), storage: path.resolve(root, 'storage'),
    id: createHash('sha256').update(path.resolve(root)).digest('hex').slice(0, 10),
    file: (name) => path.resolve(root, name),
  };
  for (const folder of [home.shared, home.root, home.logs, home.pids, home.storage]) mkdirSync(folder, { recursive: true });
  return home;
}

/** Writes whole files only: a crash leaves the old one or the new one. */
export function writeWhole(file: string, text: string, mode = 0o644): void {
  const draft = `${file}.new`;
  rmSync(draft, { force: true });
  writeFileSync(draft, text, { mode });
  renameSync(draft, file);
}

export function readJson(file: string): unknown {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

export function openSecrets(home: Home): Secrets {
  const kept = readJson(home.file('secrets.json')) as Partial<Secrets> | undefined;
  const fresh = () => randomBytes(18).toString('base64url');
  const secrets: Secrets = {
    postgres: kept?.postgres ?? fresh(), rucio: kept?.rucio ?? fresh(), sync: kept?.sync ?? fresh(),
    mirror: kept?.mirror ?? fresh(), account: kept?.account ?? fresh(), dipper: kept?.dipper ?? randomBytes(32).toString('base64url'),
  };
  writeWhole(home.file('secrets.json'), `${JSON.stringify(secrets, null, 2)}\n`, 0o600);
  return secrets;
}

export function emptyFolder(folder: string, keep: readonly string[] = []): void {
  for (const entry of existsSync(folder) ? readdirSync(folder) : []) {
    if (!keep.includes(entry)) rmSync(path.join(folder, entry), { recursive: true, force: true });
  }
}
