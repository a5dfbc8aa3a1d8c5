import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { aptInstall } from './apt.js';
import type { Home } from './home.js';
import { writeWhole } from './home.js';
import { waitForLock } from './lock.js';
import { isRoot } from './os-user.js';
import { run } from './processes.js';
import { repository } from './repository.js';
import { StackFailure } from './stack-failure.js';

/** The Python environment with Rucio, its clients and daemons, and CTAO's client. */
export interface Python {
  /** The environment's folder. */
  readonly folder: string;
  readonly bin: string;
  readonly python: string;
  /** The folder of the package `rucio`. */
  readonly rucio: string;
}

/** What an environment is made of. */
interface Packages {
  /** Of its folder. */
  readonly name: string;
  /** Path of the list in dev/, all pinned with their hashes. */
  readonly requirements: string;
  /** Needs Python 3.<oldest> or later. */
  readonly oldest: number;
}

const RUCIO: Packages = { name: 'venv', requirements: 'requirements.txt', oldest: 9 };

interface Interpreter { readonly command: string; readonly version: string }

const CANDIDATES = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3.9', '/usr/bin/python3', 'python'];
/** Names the interpreter below a virtual environment, too: the shell may be inside of ours. */
const PROBE = 'import sys\ntry:\n  import venv, ensurepip; v = "venv"\nexcept ImportError: v = ""\nprint("%d.%d" % sys.version_info[:2], v, getattr(sys, "_base_executable", sys.executable))';

function findPython(oldest: number): { usable?: Interpreter; best?: string } {
  let best: string | undefined;
  for (const candidate of CANDIDATES) {
    const { status, stdout } = spawnSync(candidate, ['-I', '-c', PROBE], { encoding: 'utf8', timeout: 20_000, cwd: '/' });
    const found = status === 0 ? /^(3\.(\d+)) (venv)? (.+)$/m.exec(stdout) : null;
    if (!found || Number(found[2]) < oldest) continue;
    if (found[3]) return { usable: { command: found[4]!, version: found[1]! } };
    best ??= found[1];
  }
  return { best };
}

/** Whether there is a Python 3.<oldest> or later that environments can be made with. */
export const hasPython = (oldest: number): boolean => findPython(oldest).usable !== undefined;

async function choosePython(home: Home, oldest: number, signal: AbortSignal, say: (text: string) => void): Promise<Interpreter> {
  const { usable, best } = findPython(oldest);
  if (usable) return usable;
  const missing = best === undefined ? `Python 3.${oldest} or later is missing.` : `Python ${best} is here, but not its venv module.`;
  if (isRoot()) say('installing Python');
  await aptInstall(home, ['python3', 'python3-venv'], missing, signal);
  const after = findPython(oldest).usable;
  if (!after) throw new StackFailure(`${missing} Installing python3 and python3-venv did not help: this system's Python is too old.`);
  return after;
}

function describe(folder: string, version: string): Python {
  const site = path.join(folder, 'lib', `python${version}`, 'site-packages');
  return { folder, bin: path.join(folder, 'bin'), python: path.join(folder, 'bin', 'python'), rucio: path.join(site, 'rucio') };
}

/** The environment, made at the first start and after a change of its list; Rucio's unless others are asked for. One that was left half-made is made anew. */
export async function openPython(home: Home, signal: AbortSignal, say: (text: string) => void, packages = RUCIO): Promise<Python> {
  const { command, version } = await choosePython(home, packages.oldest, signal, say);
  const requirements = path.join(repository, 'dev', packages.requirements);
  const wanted = readFileSync(requirements, 'utf8');
  const folder = path.join(home.shared, `${packages.name}-${version}`);
  const python = describe(folder, version);
  const stamp = path.join(folder, 'complete');
  const key = createHash('sha256').update(`${folder}\n${wanted}`).digest('hex');
  const complete = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === key && existsSync(python.python);
  if (complete()) return python;

  const release = await waitForLock(`${folder}.lock`, signal, () => { say('another stack is installing them: waiting'); });
  try {
    if (complete()) return python;
    rmSync(folder, { recursive: true, force: true });
    say(`making an environment for Python ${version}`);
    await run(home, { name: 'python', command, args: ['-m', 'venv', folder], signal, failure: `Python ${version} could not make an environment in ${folder}.` });
    const total = wanted.split('\n').filter((line) => /^[A-Za-z]/.test(line)).length;
    let seen = 0;
    await run(home, {
      name: 'python', command: python.python, signal,
      args: ['-m', 'pip', 'install', '--no-deps', '--require-hashes', '--no-input', '--disable-pip-version-check', '--progress-bar', 'off', '-r', requirements],
      failure: 'pip could not install the Python packages: is the package index reachable?',
      onLine: (line) => {
        if (/^(Collecting|Ignoring) /.test(line)) say(`${Math.min(++seen, total)} of ${total} packages looked up`);
        if (line.startsWith('Installing collected')) say('unpacking the packages');
      },
    });
    writeWhole(stamp, key);
    return python;
  } finally {
    release();
  }
}
