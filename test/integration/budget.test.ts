import type { IncomingMessage } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { createApp, type App } from '../../src/app.js';
import { nobody, type Identity } from '../../src/domain/identity.js';
import { RedisServer } from '../support/redis-server.js';
import { configOn } from '../support/scratch-archive.js';
import { testStack } from '../support/stack.js';

const stack = testStack();
const apps: App[] = [];
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.stop();
  for (const end of ends.splice(0)) await end();
});

/** Somebody for each token: `issuer/subject/serial`. */
async function authenticate({ headers: { authorization } }: IncomingMessage): Promise<Identity> {
  const [issuer, subject] = (authorization ?? '').replace('Bearer ', '').split('|');
  return issuer && subject ? { kind: 'TOKEN', issuer, subject, groups: [], scopes: [], token: authorization! } : nobody;
}

async function start(env: Readonly<Record<string, string>> = {}): Promise<string> {
  const app = await createApp(configOn(stack, stack.env['DATABASE_URL']!, { DIPPER_POINTS_PER_MINUTE: '1000', DIPPER_COST: '1000', ...env }), { authenticate });
  apps.push(app);
  return app.start();
}

interface Answer { readonly status: number; readonly retryAfter: string | null; readonly body: { errors?: { extensions: { code: string } }[]; extensions?: { cost?: { requested: number; budget: { pointsPerMinute: number; left: number } } } } }
async function spend(url: string, headers: Readonly<Record<string, string>> = {}, query = '{ a: files { totalCount } }'): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ query }) });
  return { status: response.status, retryAfter: response.headers.get('retry-after'), body: await response.json() as Answer['body'] };
}
/** Asks until the budget is spent. */
async function exhaust(url: string, headers?: Readonly<Record<string, string>>): Promise<Answer> {
  for (let count = 0; count < 10; count += 1) {
    const answer = await spend(url, headers);
    if (answer.status !== 200) return answer;
  }
  throw new Error('The budget has no end.');
}

it('says what is left, and refuses with the time to wait when that is too little', async () => {
  const url = await start();
  const { body: { extensions } } = await spend(url);
  expect(extensions!.cost!.budget.pointsPerMinute).toBe(1000);
  expect(extensions!.cost!.budget.left).toBeLessThanOrEqual(1000 - extensions!.cost!.requested + 50);
  const { status, retryAfter, body } = await exhaust(url);
  expect([status, body.errors![0]!.extensions.code]).toEqual([429, 'RATE_LIMIT']);
  expect(Number(retryAfter)).toBeGreaterThan(0);
  expect(Number(retryAfter)).toBeLessThanOrEqual(60);
  expect((await spend(url, {}, '{ __typename }')).status).toBe(200); // what fits is answered
});

it('is spent soon on orders that no index has, and not on others', async () => {
  const url = await start({ DIPPER_POINTS_PER_MINUTE: '50000', DIPPER_COST: '20000' });
  const statuses = async (field: string) => {
    const found: number[] = [];
    while (found.length < 10) found.push((await spend(url, {}, `{ files(first: 10, orderBy: { field: ${field}, direction: DESC }) { nodes { name } } }`)).status);
    return found;
  };
  expect(new Set(await statuses('START_TIME'))).toEqual(new Set([200]));
  expect((await statuses('BYTES')).indexOf(429)).toBe(3);
});

it('case 17: many tokens of one subject, spelling of headers and made-up addresses do not help', async () => {
  const url = await start();
  await exhaust(url, { authorization: 'Bearer https://iam|alice|1' });
  expect((await spend(url, { AUTHORIZATION: 'Bearer https://iam|alice|2' })).status).toBe(429);
  expect((await spend(url, { authorization: 'Bearer https://iam|alice|3', 'x-forwarded-for': '203.0.113.9' })).status).toBe(429);
  expect((await spend(url, { authorization: 'Bearer https://iam|bob|1' })).status).toBe(200);
  expect((await spend(url, { authorization: 'Bearer https://other|alice|1' })).status).toBe(200);
  await exhaust(url);
  for (const header of ['x-forwarded-for', 'forwarded', 'x-real-ip']) expect((await spend(url, { [header]: '203.0.113.9' })).status).toBe(429);
});

it('case 17: addresses that a trusted proxy tells have budgets of their own', async () => {
  const url = await start({ DIPPER_TRUSTED_PROXIES: '127.0.0.1' });
  await exhaust(url, { 'x-forwarded-for': '203.0.113.9' });
  expect((await spend(url, { 'x-forwarded-for': '198.51.100.7, 203.0.113.9' })).status).toBe(429); // what the client wrote before
  expect((await spend(url, { 'x-forwarded-for': '203.0.113.10' })).status).toBe(200);
});

it('case 17: the addresses of one network of IPv6 share a budget, and one of IPv4 has the same however it is written', async () => {
  const url = await start({ DIPPER_TRUSTED_PROXIES: '127.0.0.1' });
  const from = async (address: string) => (await spend(url, { 'x-forwarded-for': address })).status;
  await exhaust(url, { 'x-forwarded-for': '2001:db8:0:7::1' });
  expect([await from('2001:0DB8::7:ffff:ffff:ffff:ffff'), await from('2001:db8:0:8::1')]).toEqual([429, 200]);
  await exhaust(url, { 'x-forwarded-for': '192.0.2.1' });
  expect([await from('::ffff:192.0.2.1'), await from('::ffff:c000:201'), await from('::ffff:192.0.2.2')]).toEqual([429, 429, 200]);
});

it('case 65: is one for all processes that share a Redis, whatever else is put there, and each its own while that is down', async () => {
  const redis = await RedisServer.start();
  ends.push(() => redis.remove());
  const [one, other] = [await start({ DIPPER_REDIS_URL: redis.url }), await start({ DIPPER_REDIS_URL: redis.url })];
  await expect.poll(async () => { await spend(one, {}, '{ __typename }'); return redis.ask((client) => client.keys('dipper:budget:*')); }).toHaveLength(1);
  await exhaust(one);
  expect((await spend(other)).status).toBe(429);
  const [key] = await redis.ask((client) => client.keys('dipper:budget:*'));
  await redis.ask((client) => client.set(key!, 'garbage'));
  expect((await spend(other)).status).toBe(200);
  await redis.down();
  expect((await spend(other)).status).toBe(200);
  expect((await exhaust(other)).status).toBe(429);
});
