// `npm run demo`, `npm test`, `npm run bench`, `npm run crash`, `npm run faults`, `npm run overload`, `npm run fuzz` and `npm run dev:env` begin here: plain Node without dependencies, as nothing may be installed yet.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const root = path.dirname(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname));
const file = (...parts) => path.join(root, ...parts);
const [command] = process.argv.slice(2);
const OLDEST_NODE = [20, 19];
const INSTALL_BYTES = 1e9;

function fail(message, code = 1) {
  console.error(message);
  process.exit(code);
}

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  fail(`dipper needs Node ${OLDEST_NODE.join('.')} or later; this is Node ${process.versions.node}.`);
}

let stopped = false;
let child;
const onSignal = () => {
  stopped = true;
  if (child?.pid) try { process.kill(-child.pid, 'SIGTERM'); } catch { /* it is gone */ }
};
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
for (const signal of SIGNALS) process.on(signal, onSignal);

/** Runs a tool in a process group of its own; ends this program with one sentence when it fails. */
async function tool(script, args, failure) {
  const [program, ...first] = script === 'npm' && !process.env.npm_execpath ? ['npm'] : [process.execPath, script === 'npm' ? process.env.npm_execpath : file('node_modules', script)];
  child = spawn(program, [...first, ...args], { cwd: root, stdio: ['ignore', 2, 2], detached: true });
  const code = await new Promise((resolve) => { child.once('exit', resolve).once('error', (error) => { console.error(error.message); resolve(1); }); });
  child = undefined;
  if (stopped) fail('\nStopped.', 130);
  if (code !== 0) fail(failure);
}

function* filesBelow(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const child = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(child);
    else yield child;
  }
}

/** Changes whenever a file comes, goes or is written. */
function fingerprint(sources, fits) {
  const hash = createHash('sha256');
  for (const source of sources.map((name) => file(name)).filter(existsSync)) {
    for (const name of statSync(source).isDirectory() ? [...filesBelow(source)].filter(fits).sort() : [source]) {
      const { mtimeMs, size } = statSync(name);
      hash.update(`${name} ${mtimeMs} ${size}\n`);
    }
  }
  return hash.digest('hex');
}

const read = (name) => (existsSync(name) ? readFileSync(name, 'utf8') : undefined);

/** Does the work unless its stamp says it was done to the end for this very key. */
async function unlessDone(stamp, key, work) {
  if (read(stamp) === key) return;
  rmSync(stamp, { force: true });
  await work();
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, key);
}

async function install() {
  const lock = createHash('sha256').update(readFileSync(file('package-lock.json'))).digest('hex');
  const stamp = file('node_modules', '.dipper-installed');
  // npm writes this file last: newer than the lock, it stands for an npm ci or npm install done by hand.
  const byHand = file('node_modules', '.package-lock.json');
  if (read(stamp) !== lock && existsSync(byHand) && statSync(byHand).mtimeMs >= statSync(file('package-lock.json')).mtimeMs) writeFileSync(stamp, lock);
  await unlessDone(stamp, lock, async () => {
    const { bavail, bsize } = statfsSync(root);
    if (bavail * bsize < INSTALL_BYTES) fail(`The disk of ${root} has ${(bavail * bsize / 1e9).toFixed(1)} GB free and the npm packages need ${INSTALL_BYTES / 1e9} GB: free some space.`);
    console.error('Installing the npm packages (once, about a minute) ...');
    await tool('npm', ['ci', '--no-audit', '--no-fund', '--include=dev', '--loglevel=error'], 'npm could not install the packages: is the registry reachable, and is there space on the disk?');
  });
}

async function build() {
  const config = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
  await unlessDone(file('dist', '.built'), fingerprint(['src', 'dev', 'bench', 'test/crash', 'test/faults', 'test/support', ...config], (name) => name.endsWith('.ts')), async () => {
    console.error('Compiling ...');
    await tool('typescript/bin/tsc', ['-p', 'tsconfig.build.json'], 'dipper does not compile: see above.');
  });
  await unlessDone(file('dist', '.built-web'), fingerprint(['web', ...config], () => true), async () => {
    console.error('Building the pages ...');
    await tool('vite/bin/vite.js', ['build', 'web', '--logLevel', 'warn'], 'The pages could not be built: see above.');
  });
}

/** One of several commands begun at once installs and builds; the others wait for it. */
async function alone(work) {
  const lock = file('.dipper', 'install.lock');
  mkdirSync(path.dirname(lock), { recursive: true });
  for (let told = false; ;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    let alive = true;
    try { process.kill(Number(read(lock)), 0); } catch (error) { alive = error.code === 'EPERM'; }
    if (!alive) { rmSync(lock, { force: true }); continue; }
    if (!told) console.error('Another dipper command is installing or building: waiting for it ...');
    told = true;
    await sleep(500);
    if (stopped) fail('\nStopped.', 130);
  }
  process.once('exit', () => { rmSync(lock, { force: true }); });
  await work();
  rmSync(lock, { force: true });
}

if (!['demo', 'test', 'bench', 'crash', 'faults', 'overload', 'fuzz', 'env'].includes(command)) fail('usage: node dev/run.mjs demo [--fresh] | test [vitest arguments] | bench [options] | crash [options] | faults [options] | overload [options] | fuzz [options] | env');
try {
  if (command !== 'env') await alone(async () => { await install(); await build(); });
  else if (!existsSync(file('dist', 'dev', 'main.js'))) fail('No demo runs: start it with npm run demo.');
} catch (error) {
  if (error.code === 'ENOSPC') fail('The disk is full: free some space and start again.');
  if (error.code === 'EACCES' || error.code === 'EPERM') fail(`${error.path ?? root} belongs to another user: clone dipper into a folder of your own.`);
  throw error;
}
const { main } = await import(file('dist', 'dev', 'main.js'));
if (stopped) fail('\nStopped.', 130);
for (const signal of SIGNALS) process.off(signal, onSignal);
process.exit(await main(process.argv.slice(2)));
