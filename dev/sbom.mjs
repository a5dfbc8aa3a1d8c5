// `npm run sbom -- [--output FILE]`: writes a CycloneDX bill of materials, by default dist/sbom.cdx.json. What is needed to run dipper has the scope `required`; all else,
// for building and testing, with the packages of the Python locks, is `excluded`. Works from the locks, and installs nothing.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { npm } from './npm.mjs';

const root = path.dirname(import.meta.dirname);
const { values: { output } } = parseArgs({ options: { output: { type: 'string', default: path.join(root, 'dist', 'sbom.cdx.json') } } });
const read = (file) => readFileSync(path.join(root, file), 'utf8');

/** `name@version` of what `npm ci --omit=dev` would install. npm's own `--omit dev` forgets whatever a tool needs, too, such as graphql and pg. */
const needed = new Set(Object.entries(JSON.parse(read('package-lock.json')).packages).filter(([place, { dev }]) => place && !dev)
  .map(([place, { name, version }]) => `${name ?? place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${version}`));

/** Each version that a Python lock names for some Python. */
function pythonComponents(lock) {
  return [...read(lock).matchAll(/^([A-Za-z0-9._-]+)==([^\s;\\]+)/gm)].map(([, name, version]) => {
    const purl = `pkg:pypi/${name.toLowerCase().replaceAll(/[-_.]+/g, '-')}@${encodeURIComponent(version)}`;
    return { 'bom-ref': purl, type: 'library', name, version, scope: 'excluded', purl };
  });
}

const { code, stdout, stderr } = await npm(['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only'], { cwd: root, seconds: 60 });
if (code !== 0) {
  console.error(`npm could not list the packages: ${stderr}`);
  process.exit(1);
}
const bill = JSON.parse(stdout);
bill.metadata.component.name = JSON.parse(read('package.json')).name; // npm takes the folder's
for (const component of bill.components) component.scope = needed.has(`${component.name}@${component.version}`) ? 'required' : 'excluded';
const python = new Map(['dev/requirements.txt', 'dev/fuzz/requirements.txt'].flatMap(pythonComponents).map((component) => [component.purl, component]));
bill.components.push(...python.values());
mkdirSync(path.dirname(path.resolve(output)), { recursive: true });
writeFileSync(output, `${JSON.stringify(bill, null, 2)}\n`);
const required = bill.components.filter(({ scope }) => scope === 'required').length;
console.log(`${output}: ${bill.components.length} components, ${required} of them to run dipper`);
