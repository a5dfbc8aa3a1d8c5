import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApp, type App } from '../../src/app.js';
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
