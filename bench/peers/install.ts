import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { type Home, openHome, writeWhole } from '../../dev/home.js';
import { run } from '../../dev/processes.js';
import { repository } from '../../dev/repository.js';
import { base } from '../../dev/settings.js';

const PINS = ['package.json', 'package-lock.json'];

/** Where the peers are installed: beside the stacks, never in the repository. */
export const peersHome = (): Home => openHome(path.join(base(), 'bench-peers'), base());

/** Installs one peer's packages as its lock file pins them, unless they are there. Gives its folder. Throws StackFailure when npm cannot. */
export async function installPeer(name: string, signal: AbortSignal): Promise<string> {
  const home = peersHome();
  const source = path.join(repository, 'bench', 'peers', name);
  const folder = home.file(name);
  const stamp = path.join(folder, 'installed');
  const key = PINS.reduce((hash, pin) => hash.update(readFileSync(path.join(source, pin))), createHash('sha256')).digest('hex');
  const isInstalled = existsSync(stamp) && readFileSync(stamp, 'utf8') === key;
  mkdirSync(folder, { recursive: true });
  if (!isInstalled) rmSync(stamp, { force: true });
  for (const file of [...PINS, 'server.mjs']) copyFileSync(path.join(source, file), path.join(folder, file));
  if (isInstalled) return folder;

  await run(home, {
    name: `${name}-install`, command: 'npm', signal,
    // No scripts: none is needed, and npm of today would ask about each.
    args: ['ci', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    failure: `npm could not install ${name}: is the registry reachable, and is there space on the disk?`,
  });
  writeWhole(stamp, key);
  return folder;
}
