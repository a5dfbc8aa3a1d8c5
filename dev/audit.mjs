// `npm run audit -- [--seconds N]`: asks npm's registry for known faults of all that the locks name. Ends with 0 for none, 1 for some, and 2 where nobody can tell:
// npm itself says "found 0" also where the registry knows no advisories at all. Installs nothing.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { npm } from './npm.mjs';

const root = path.dirname(import.meta.dirname);
const peers = path.join(root, 'bench', 'peers');
const folders = [root, ...readdirSync(peers, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => path.join(peers, name))];
const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } });
const seconds = Number(values.seconds);
/** A package that has been known to be faulty since 2020: who does not say so knows nothing. */
const CANARY = { name: 'minimist', version: '0.0.8' };

class NotAvailable extends Error {}

/** The faults that the registry knows in a folder's lock, as lines. */
async function ask(folder) {
  const { code, stdout, stderr } = await npm(['audit', '--json', '--package-lock-only', '--audit-level=none', '--fetch-retries=0', `--fetch-timeout=${seconds * 1000}`], { cwd: folder, seconds: seconds + 5 });
  if (code === undefined) throw new NotAvailable(`no answer within ${seconds} s`);
  let report;
  try {
    report = JSON.parse(stdout);
  } catch {
    throw new NotAvailable('npm gave no report');
  }
  if (typeof report.metadata?.vulnerabilities?.total !== 'number' || typeof report.vulnerabilities !== 'object') {
    throw new NotAvailable(String(report.message ?? report.error?.summary ?? stderr.split('\n')[0]).replaceAll(/https?:\/\/\S+/g, 'the registry').slice(0, 200));
  }
  return Object.values(report.vulnerabilities).map(({ name, severity, via }) => `${name}: ${severity}${via.filter(({ title }) => title).map(({ title, url }) => `; ${title} (${url})`).join('')}`);
}

async function askForCanary() {
  const folder = mkdtempSync(path.join(tmpdir(), 'dipper-audit-'));
  try {
    const manifest = { name: 'canary', version: '1.0.0', dependencies: { [CANARY.name]: CANARY.version } };
    writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
    writeFileSync(path.join(folder, 'package-lock.json'), JSON.stringify({ ...manifest, lockfileVersion: 3, packages: { '': manifest, [`node_modules/${CANARY.name}`]: { version: CANARY.version } } }));
    if ((await ask(folder)).length === 0) throw new NotAvailable(`the registry does not know the faults of ${CANARY.name} ${CANARY.version}, so it has no advisories`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

try {
  if (!(seconds > 0)) throw new NotAvailable(`--seconds is "${values.seconds}", and must be a number above 0`);
  await askForCanary();
  const found = [];
  let packages = 0;
  for (const folder of folders) {
    packages += Object.keys(JSON.parse(readFileSync(path.join(folder, 'package-lock.json'), 'utf8')).packages).length - 1;
    found.push(...(await ask(folder)).map((line) => `${path.relative(root, folder) || '.'}: ${line}`));
  }
  console.log(found.length ? `found: ${found.length} packages have known faults\n${found.map((line) => `  ${line}`).join('\n')}` : `clean: no known faults in ${packages} packages of ${folders.length} locks`);
  process.exitCode = found.length ? 1 : 0;
} catch (error) {
  if (!(error instanceof NotAvailable)) console.error(error);
  console.log(`not available: ${error.message}. This says nothing about the packages.`);
  process.exitCode = 2;
}
