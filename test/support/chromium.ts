import { accessSync, constants } from 'node:fs';
import { chromium } from 'playwright-core';
import { aptInstall } from './apt-install.js';

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
  await aptInstall('chromium');
  const installed = places().find(isExecutable);
  if (installed) return installed;
  throw new Error('No Chromium for the tests of the pages: run `apt-get install -y --no-install-recommends chromium` as root (on Ubuntu `npx playwright-core install --with-deps chromium`), or set CHROMIUM to the path of one.');
}
