import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openHome } from '../../dev/home.js';
import { freePort } from '../../dev/ports.js';
import { createApp, type App } from '../../src/app.js';
import { offer } from '../faults/offer.js';
import { startServe } from '../faults/serve.js';
import { configOn } from '../support/scratch-archive.js';
import { testStack } from '../support/stack.js';

const stack = testStack();
const MOST = 8;
let app: App;
let url: string;
beforeAll(async () => {
  app = await createApp(configOn(stack, stack.env['DATABASE_URL']!, { DIPPER_REQUESTS_AT_ONCE: String(MOST) }));
  url = await app.start();
});
afterAll(() => app.stop());

async function ask(): Promise<{ readonly status: number; readonly ms: number; readonly retryAfter: string | null; readonly code: string | undefined }> {
  const begun = performance.now();
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query":"{ files(first: 1000) { nodes { name replicas { state rse { name } } } } }"}' });
  const { errors } = await response.json() as { errors?: { extensions: { code: string } }[] };
  return { status: response.status, ms: performance.now() - begun, retryAfter: response.headers.get('retry-after'), code: errors?.[0]?.extensions.code };
}

it('ten times what is taken: some are answered, the others refused at once, and then all is as before', async () => {
  const answers = await Promise.all(Array.from({ length: 10 * MOST }, ask));
  const refused = answers.filter(({ status }) => status === 503);
  expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(MOST);
  expect(answers.filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
  expect(refused.length).toBeGreaterThan(0);
  for (const { retryAfter, code, ms } of refused) {
    expect([retryAfter, code]).toEqual(['1', 'UNAVAILABLE']);
    expect(ms).toBeLessThan(5000); // the client is in this very process
  }
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  await sleep(100);
  expect((await ask()).status).toBe(200);
});

// The long form, with sharp bounds and a process of its own for who asks, is `npm run overload`.
it('a flood of ten times what a process can do: it refuses fast, answers some, and is as before at once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dipper-overload-'));
  const port = await freePort();
  const ends: string[] = [];
  const dipper = await startServe(openHome(folder, folder), 'serve', { ...stack.env, DIPPER_PORT: String(port), DIPPER_POINTS_PER_MINUTE: '0' }, (text) => { ends.push(text); });
  try {
    const body = '{"query":"{ files(first: 50) { nodes { name replicas { state rse { name } } } } }"}';
    const requests = [`POST /graphql HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`];
    await offer({ port, requests, askers: 8, seconds: 1 });
    const able = await offer({ port, requests, askers: 8, seconds: 1 });
    const flood = await offer({ port, requests, rate: 10 * able.answered.count, seconds: 3 });
    const after = await offer({ port, requests, askers: 1, seconds: 1 });
    expect([able, flood, after].flatMap(({ wrong }) => wrong.first)).toEqual([]);
    expect(flood.refused.count).toBeGreaterThan(flood.answered.count);
    expect(flood.refused.p99).toBeLessThan(500);
    expect(flood.answered.count / 3).toBeGreaterThan(able.answered.count / 20);
    // Half of them: the crowd that came before the flood was known for one waits longer.
    expect(flood.answered.p50).toBeLessThan(Math.max(1_000, 10 * able.answered.p95));
    expect(after.refused.count).toBeLessThan(5);
    expect(after.answered.p95).toBeLessThan(Math.max(100, 5 * able.answered.p95));
    expect(ends).toEqual([]);
  } finally {
    await dipper.stop();
    rmSync(folder, { recursive: true });
  }
});
