import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, dataOf } from '../support/ask.js';
import { control, testStack } from '../support/stack.js';
import { truth } from '../support/truth.js';

const stack = testStack();
const url = stack.urls.dipper;
const { name } = truth()[0]!;
const query = `query ($c: Consistency! = MIRROR) { file(lfn: "${name}", consistency: $c) { lfn bytes } }`;

describe('Rucio down', () => {
  beforeAll(() => control(stack, 'stop', 'rucio'));
  afterAll(() => control(stack, 'start', 'rucio'), 120_000);

  it('mirror answers go on', async () => {
    expect((await dataOf<{ file: object }>(url, query)).file).toMatchObject({ lfn: name });
  });

  it('LIVE says so', async () => {
    const { errors, data, text } = await ask(url, query, { c: 'LIVE' });
    expect(errors?.[0]?.extensions.code, text).toBe('UPSTREAM_UNAVAILABLE');
    expect(data).toEqual({ file: null });
  });
});

describe('Rucio back', () => {
  it('LIVE answers again without a restart', async () => {
    await expect.poll(async () => (await ask(url, query, { c: 'LIVE' })).data?.['file'], { timeout: 60_000 }).toMatchObject({ lfn: name });
  }, 70_000);
});

describe('Postgres down', () => {
  beforeAll(() => control(stack, 'stop', 'postgres'), 60_000);
  // Rucio itself keeps broken connections in its pool and fails once on each: the tests that follow get a new one.
  afterAll(async () => {
    await control(stack, 'stop', 'rucio');
    await control(stack, 'start', 'rucio');
  }, 120_000);

  it('is a clear 503', async () => {
    for (const path of ['file(lfn: "/ctao/acada/x") { lfn }', 'files { totalCount }']) {
      const { status, errors } = await ask(url, `{ ${path} }`);
      expect(status).toBe(503);
      expect(errors?.[0]).toMatchObject({ message: 'The mirror cannot be reached now. Try again in a moment.', extensions: { code: 'UNAVAILABLE' } });
    }
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('recovers without a restart', async () => {
    await control(stack, 'start', 'postgres');
    await expect.poll(async () => (await ask(url, query)).data?.['file'], { timeout: 30_000 }).toMatchObject({ lfn: name });
    await expect.poll(async () => (await fetch(`${url}/readyz`)).status, { timeout: 30_000 }).toBe(200);
    await expect.poll(async () => (await dataOf<{ mirror: { state: string } }>(url, '{ mirror { state } }')).mirror.state, { timeout: 60_000 }).toBe('STREAMING');
  }, 130_000);
});
