import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const minutes = 60_000;

/** Installs a Debian package as root; what did not work shows in what is then missing. */
export async function aptInstall(name: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const install = ['install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', name];
  // The lists of a fresh machine are empty or old.
  if (!await apt(install) && await apt(['update'])) await apt(install);
}

async function apt(args: readonly string[]): Promise<boolean> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }; // runlevel 1: packages do not start their services
  return promisify(execFile)('/usr/bin/apt-get', args, { env, timeout: 8 * minutes, maxBuffer: 64 * 1024 * 1024 }).then(() => true, () => false);
}
