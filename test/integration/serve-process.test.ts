import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { afterAll, describe, expect, it } from 'vitest';
import { testStack } from '../support/stack.js';

const stack = testStack();
const folder = mkdtempSync(join(tmpdir(), 'dipper-serve-'));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** A `dipper serve` of its own; its address, and what it writes to stderr. */
async function serve(env: Readonly<Record<string, string>>): Promise<{ child: ChildProcess; url: string; stderr: () => string; ended: Promise<[number | null, string | null]> }> {
  const child = spawn(process.execPath, ['dist/src/main.js', 'serve'], { env: { ...process.env, ...stack.env, DIPPER_PORT: '0', DIPPER_LOG_LEVEL: 'warn', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let [out, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => { out += String(chunk); });
  child.stderr.on('data', (chunk: Buffer) => { errors += String(chunk); });
  const ended = once(child, 'exit') as Promise<[number | null, string | null]>;
  await expect.poll(() => /dipper serve: (http\S+)/.exec(out)?.[1], { timeout: 30_000 }).toBeTruthy();
  return { child, url: /dipper serve: (http\S+)/.exec(out)![1]!, stderr: () => errors, ended };
}

describe('SIGTERM under load', () => {
  it('drops no request that was accepted, and ends in 10 s', async () => {
    const { child, url, ended } = await serve({});
    const pool = new Pool(url, { connections: 20, pipelining: 1 });
    const outcomes = new Map<string, number>();
    const count = (outcome: string) => { outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1); };
    const body = JSON.stringify({ query: '{ files(first: 100) { nodes { name replicas { state } } } }' });
    let isOver = false;
    const one = async () => {
      while (!isOver) {
        try {
          const answer = await pool.request({ path: '/graphql', method: 'POST', headers: { 'content-type': 'application/json' }, body });
          const text = await answer.body.text();
          count(answer.statusCode === 200 && text.includes('"nodes"') ? 'answered' : `status ${answer.statusCode}`);
        } catch (error) {
          const { code = String(error) } = error as { code?: string };
          count(code);
          if (code === 'ECONNREFUSED') return;
        }
      }
    };
    const load = Promise.all(Array.from({ length: 20 }, one));
    await sleep(1000);
    const begun = Date.now();
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(Date.now() - begun).toBeLessThan(10_000);
    isOver = true;
    await load;
    await pool.destroy();
    // What found no listener was not accepted.
    expect([...outcomes.keys()].sort()).toEqual(['ECONNREFUSED', 'answered']);
    expect(outcomes.get('answered')).toBeGreaterThan(20);
  });

  it('ends what takes longer, with an answer', async () => {
    const { child, url, ended } = await serve({ DIPPER_TIMEOUT_SECONDS: '60' });
    const heavy = `{ ${Array.from({ length: 10 }, (_, index) => `a${index}: files(where: { or: [{ name: { like: "%x${index}%y%z" } }, { within: "/ctao/acada/DL0" }] }) { nodes { rules { id } parents { rules { id } } replicas { pfns { url } } } }`).join(' ')} }`;
    const waits = fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', 'dipper-at-least': 'FFFFFFFF/0' }, body: JSON.stringify({ query: heavy }) });
    await sleep(500);
    const begun = Date.now();
    child.kill('SIGTERM');
    const answer = await waits;
    expect([answer.status, ((await answer.json()) as { errors: { extensions: { code: string } }[] }).errors[0]!.extensions.code]).toEqual([503, 'UNAVAILABLE']);
    expect(await ended).toEqual([0, null]);
    expect(Date.now() - begun).toBeLessThan(10_000);
  }, 60_000);
});

describe('the watchdog', () => {
  it('ends a process whose event loop has stood still, and says why', async () => {
    const hang = join(folder, 'hang.mjs');
    writeFileSync(hang, "process.on('SIGUSR2', () => { for (;;); });");
    const { child, stderr, ended, url } = await serve({ DIPPER_WATCHDOG_SECONDS: '2', NODE_OPTIONS: `--import=${pathToFileURL(hang).href}` });
    await sleep(4000);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    child.kill('SIGUSR2');
    const begun = Date.now();
    expect(await ended).toEqual([null, 'SIGKILL']);
    expect(Date.now() - begun).toBeLessThan(15_000);
    expect(stderr()).toContain('dipper serve: the event loop has stood still for 2 s');
  });
});
