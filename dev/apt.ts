import { existsSync } from 'node:fs';
import type { Home } from './home.js';
import { isRoot } from './os-user.js';
import { run } from './processes.js';
import { StackFailure } from './stack-failure.js';

/** Installs Debian packages as root; without root, or elsewhere, ends with the line to run. */
export async function aptInstall(home: Home, packages: readonly string[], missing: string, signal: AbortSignal): Promise<void> {
  const line = `apt-get install -y ${packages.join(' ')}`;
  if (!isRoot() || !existsSync('/usr/bin/apt-get')) throw new StackFailure(`${missing} Run: sudo ${line}`);
  const apt = (args: readonly string[]) => run(home, {
    name: 'apt', command: '/usr/bin/apt-get', args: ['-q', '-o', 'DPkg::Lock::Timeout=120', ...args], signal, failure: `${missing} This failed: ${line}`,
    env: { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }, // runlevel 1: packages do not start their services
  });
  const install = ['install', '-y', '--no-install-recommends', ...packages];
  await apt(install).catch(async () => {
    await apt(['update']); // the lists of a fresh machine are empty or old
    await apt(install);
  });
}
