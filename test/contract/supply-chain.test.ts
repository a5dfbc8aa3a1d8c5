import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url).pathname;
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const FOLDERS = ['.', 'bench/peers/mercurius', 'bench/peers/postgraphile'];
const PYTHON_LOCKS = ['dev/requirements.txt', 'dev/fuzz/requirements.txt'];

interface Manifest { readonly dependencies?: Record<string, string>; readonly devDependencies?: Record<string, string>; readonly optionalDependencies?: Record<string, string> }
interface Locked { readonly version: string; readonly name?: string; readonly integrity?: string; readonly dev?: boolean; readonly resolved?: string }
const lockOf = (folder: string) => Object.entries((JSON.parse(read(`${folder}/package-lock.json`)) as { packages: Record<string, Locked> }).packages).filter(([place]) => place !== '');
const nameOf = (place: string, { name }: Locked) => name ?? place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** The pins of a Python lock: name, version, and how many hashes. */
const pinsOf = (file: string) => read(file).replaceAll('\\\n', ' ').split('\n').filter((line) => line && !line.startsWith('#')).map((line) => ({
  line: line.slice(0, 80), pin: /^([A-Za-z0-9._-]+)==([0-9][^\s;*]*)( ;|\s)/.exec(line), hashes: line.match(/--hash=sha256:[0-9a-f]{64}(?=\s|$)/g)?.length ?? 0,
}));

describe('pins', () => {
  it.each(FOLDERS)('%s names each package by one version', (folder) => {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read(`${folder}/package.json`)) as Manifest;
    const named = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter(([, version]) => !/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(version))).toEqual([]);
  });

  it.each(FOLDERS)('%s has a lock with a hash for each package, from the registry alone', (folder) => {
    const locked = lockOf(folder);
    expect(locked.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([place]) => place)).toEqual([]);
    expect(locked.filter(([, { resolved }]) => resolved?.startsWith('git') || resolved?.startsWith('file')).map(([place]) => place)).toEqual([]);
  });

  it('new packages are saved by their version', () => { expect(read('.npmrc')).toMatch(/^save-exact=true$/m); });

  it.each(PYTHON_LOCKS)('%s has a version and hashes for each package', (file) => {
    const pins = pinsOf(file);
    expect(pins.length).toBeGreaterThan(20);
    expect(pins.filter(({ pin, hashes }) => pin === null || hashes === 0).map(({ line }) => line)).toEqual([]);
  });

  it('what is built and run in CI is installed by locks', () => {
    for (const file of ['Dockerfile', '.ci/run']) {
      const text = read(file);
      expect(text).not.toMatch(/npm (i|install|add)\b|npx (?!tsc\b)|pip install|curl |wget /);
      for (const [, image] of text.matchAll(/^FROM (\S+)/gm)) expect(image).toMatch(/:\d+[\w.-]*-\w+/);
    }
  });
});

describe('npm run sbom', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dipper-sbom-'));
  const file = join(folder, 'sbom.json');
  execFileSync(process.execPath, ['dev/sbom.mjs', '--output', file], { cwd: root, stdio: 'pipe', timeout: 60_000 });
  interface Bill { bomFormat: string; metadata: { component: { name: string; version: string; type: string } }; components: { name: string; version: string; purl: string; scope: string; 'bom-ref': string; hashes?: unknown[] }[]; dependencies: { ref: string; dependsOn?: string[] }[] }
  const bill = JSON.parse(readFileSync(file, 'utf8')) as Bill;
  rmSync(folder, { recursive: true });
  const listed = new Map(bill.components.map(({ name, version, scope }) => [`${name}@${version}`, scope]));

  it('tells of dipper, in CycloneDX', () => {
    expect(bill.bomFormat).toBe('CycloneDX');
    expect(bill.metadata.component).toMatchObject({ name: 'dipper', type: 'application', version: (JSON.parse(read('package.json')) as { version: string }).version });
  });

  it('has all that is installed to run dipper as required, with hashes, and all other packages as excluded', () => {
    const needed = new Set(lockOf('.').filter(([, { dev }]) => !dev).map(([place, locked]) => `${nameOf(place, locked)}@${locked.version}`));
    for (const known of Object.keys((JSON.parse(read('package.json')) as Manifest).dependencies!)) expect([...needed].some((one) => one.startsWith(`${known}@`)), known).toBe(true);
    const all = new Set(lockOf('.').map(([place, locked]) => `${nameOf(place, locked)}@${locked.version}`));
    expect([...all].filter((one) => listed.get(one) !== (needed.has(one) ? 'required' : 'excluded'))).toEqual([]);
    expect(bill.components.filter(({ purl, hashes }) => purl.startsWith('pkg:npm/') && !hashes?.length)).toEqual([]);
  });

  it.each(PYTHON_LOCKS)('has each pin of %s', (lock) => {
    const purls = new Set(bill.components.filter(({ scope }) => scope === 'excluded').map(({ purl }) => purl));
    const missing = pinsOf(lock).map(({ pin }) => `pkg:pypi/${pin![1]!.toLowerCase().replaceAll(/[-_.]+/g, '-')}@${pin![2]!}`).filter((purl) => !purls.has(purl));
    expect(missing).toEqual([]);
  });

  it('names nothing twice, and nothing that is not there', () => {
    const refs = bill.components.map((component) => component['bom-ref']);
    expect(new Set(refs).size).toBe(refs.length);
    const known = new Set([...refs, ...bill.dependencies.map(({ ref }) => ref)]);
    expect(bill.dependencies.flatMap(({ dependsOn = [] }) => dependsOn).filter((ref) => !known.has(ref))).toEqual([]);
  });
});
