import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';

const minutes = 60_000;
const packages = ['install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', 'chromium'];

/** Ubuntu has no such package, so a browser that Playwright or the user has put there is as good. */
const places = (): string[] => [process.env['CHROMIUM'] ?? '/usr/bin/chromium', '/usr/bin/google-chrome', chromium.executablePath()];

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Path of a Chromium; as root it is installed where there is none. Throws one sentence that says what to run. */
export async function ensureChromium(): Promise<string> {
  const there = places().find(isExecutable);
  if (there) return there;
  if (process.getuid?.() === 0) {
    // The lists of a fresh machine are empty or old.
    if (!await apt(packages) && await apt(['update'])) await apt(packages);
    const installed = places().find(isExecutable);
    if (installed) return installed;
  }
  throw new Error('No Chromium for the tests of the pages: run `apt-get install -y --no-install-recommends chromium` as root (on Ubuntu `npx playwright-core install --with-deps chromium`), or set CHROMIUM to the path of one.');
}

async function apt(args: readonly string[]): Promise<boolean> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return promisify(execFile)('/usr/bin/apt-get', args, { env, timeout: 8 * minutes, maxBuffer: 64 * 1024 * 1024 }).then(() => true, () => false);
}
