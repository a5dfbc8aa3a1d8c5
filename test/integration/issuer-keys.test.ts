import { createServer } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { guardedApp, type GuardedApp } from '../support/guarded-app.js';
import { testStack } from '../support/stack.js';
import { AUDIENCE, testIssuer, type TestIssuer } from '../support/test-issuer.js';

const stack = testStack();
const SECOND = 1000;
const HOUR = 3600 * SECOND;
let clock: number;
let issuer: TestIssuer;
let app: GuardedApp;

const guard = (more: { keys?: string } = {}) => guardedApp(stack, { tokens: { audience: [AUDIENCE], issuers: [{ issuer: issuer.issuer, ...more }] } }, { now: () => clock });
beforeEach(async () => {
  clock = Date.now();
  issuer = await testIssuer(() => clock);
  app = await guard();
});
afterEach(async () => {
  await app.stop();
  await issuer.close();
});

const present = async (header: Record<string, unknown> = {}, by = app) => {
  const { status, code } = await by.who({ authorization: `Bearer ${await issuer.sign({}, header)}` });
  return [status, code];
};
const good = [200, undefined];
const refused = [401, 'UNAUTHENTICATED'];
const unavailable = [503, 'UNAVAILABLE'];
const fetches = () => issuer.asked.filter((path) => path === '/jwks').length;

describe('case 36: key rotation', () => {
  it('a new key is fetched once, unknown ones at most every 30 s', async () => {
    expect(await present()).toEqual(good);
    const old = issuer.key;
    clock += 31 * SECOND;
    await issuer.rotate();
    expect(await present()).toEqual(good);
    expect(fetches()).toBe(2);

    // A flood of keys that are not there: not one further fetch.
    for (let at = 0; at < 50; at += 1) expect(await present({ kid: `unknown-${at}` })).toEqual(refused);
    expect(fetches()).toBe(2);
    clock += 31 * SECOND;
    expect(await Promise.all(Array.from({ length: 20 }, (_, at) => present({ kid: `later-${at}` })))).toEqual(Array.from({ length: 20 }, () => refused));
    expect(fetches()).toBe(3);
    expect(await present()).toEqual(good);

    // What was removed is refused, as the keys have been read since.
    issuer.key = { ...old, jwk: issuer.key.jwk };
    expect(await present()).toEqual(refused);
  });

  it('a removed key is refused after 6 hours at the latest', async () => {
    expect(await present()).toEqual(good);
    const old = issuer.key;
    const { jwk } = await issuer.rotate();
    issuer.key = { ...old, jwk };
    expect(await present()).toEqual(good);
    clock += 6 * HOUR;
    expect(await present()).toEqual(refused);
    expect(fetches()).toBe(2);
  });

  it('while the issuer is down its keys live for 2 days, and it is asked at most every 30 s', async () => {
    expect(await present()).toEqual(good);
    issuer.answer = () => ({ status: 503 });
    clock += 7 * HOUR;
    for (let at = 0; at < 10; at += 1) expect(await present()).toEqual(good);
    expect(issuer.asked.length).toBe(3);
    expect(await present({ kid: 'unknown' })).toEqual(refused);
    clock += 40 * HOUR;
    expect(await present()).toEqual(good);
    clock += 2 * HOUR;
    expect(await present()).toEqual(unavailable);

    issuer.answer = undefined;
    clock += 5 * SECOND;
    expect(await present()).toEqual(good);
    expect(app.log()).toContain('keys of the issuer cannot be had');
  });
});

describe('keys that cannot be had', () => {
  it.each<[string, TestIssuer['answer']]>([
    ['the issuer answers 503', () => ({ status: 503 })],
    ['it answers HTML', () => ({ status: 200, body: '<h1>Sign in</h1>' })],
    ['its metadata are of another issuer', (path) => (path === '/jwks' ? undefined : { status: 200, body: JSON.stringify({ issuer: 'https://elsewhere.test', jwks_uri: `${issuer.issuer}/jwks` }) })],
    ['its metadata lead to another host', (path) => (path === '/jwks' ? undefined : { status: 200, body: JSON.stringify({ issuer: issuer.issuer, jwks_uri: issuer.issuer.replace('127.0.0.1', 'localhost') + '/jwks' }) })],
    ['it sends elsewhere', (path) => (path === '/jwks' ? { status: 302, headers: { location: '/elsewhere' } } : undefined)],
    ['its keys never end', (path) => (path === '/jwks' ? { status: 200, body: `{"keys":[${'{"kty":"RSA","kid":"x","n":"x"},'.repeat(20_000)}{}]}` } : undefined)],
    ['it has no list of keys', (path) => (path === '/jwks' ? { status: 200, body: '{"keys":{}}' } : undefined)],
  ])('%s', async (_title, answer) => {
    issuer.answer = answer;
    expect(await present()).toEqual(unavailable);
    const before = issuer.asked.length;
    expect(await present()).toEqual(unavailable);
    expect(issuer.asked.length).toBe(before); // nobody asks again at once
    expect(issuer.asked).not.toContain('/elsewhere');
  });

  it('the issuer takes the connection and says nothing: 503 in some seconds, and who shows no token is served at once', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const keys = `http://127.0.0.1:${(silent.address() as { port: number }).port}/jwks`;
    const by = await guard({ keys });
    try {
      const began = Date.now();
      const waiting = present({}, by);
      expect((await by.who()).status).toBe(200);
      expect(Date.now() - began).toBeLessThan(4000);
      expect(await waiting).toEqual(unavailable);
      expect(Date.now() - began).toBeLessThan(25_000);
    } finally {
      await by.stop();
      silent.close();
    }
  });

  it('odd keys beside the good one do no harm', async () => {
    issuer.answer = (path) => (path === '/jwks' ? { status: 200, body: JSON.stringify({ keys: [null, 7, {}, { kty: 'oct', kid: issuer.key.kid, k: 'AAAA' }, { ...issuer.key.jwk, use: 'enc' }, { kty: 'RSA', kid: 'bad' }, issuer.key.jwk] }) } : undefined);
    expect(await present()).toEqual(good);
    expect(await present({ kid: 'bad' })).toEqual(refused);
  });
});

describe('a token that held', () => {
  const ask = async (token: string) => {
    const { status, code } = await app.who({ authorization: `Bearer ${token}` });
    return [status, code];
  };

  it('is held against the keys again after a minute', async () => {
    const token = await issuer.sign();
    expect(await ask(token)).toEqual(good);
    await issuer.rotate();
    clock += 31 * SECOND;
    expect(await present()).toEqual(good); // with the new key, so that the old one is no longer known
    expect(await ask(await issuer.sign({}, { kid: 'old' }))).toEqual(refused);
    clock += 28 * SECOND;
    expect(await ask(token)).toEqual(good);
    clock += 2 * SECOND;
    expect(await ask(token)).toEqual(refused);
  });

  it('ends with its time all the same', async () => {
    const now = Math.floor(clock / SECOND);
    const token = await issuer.sign({ exp: now - 50 });
    expect(await ask(token)).toEqual(good); // clocks may differ by 60 s
    clock += 11 * SECOND;
    expect(await ask(token)).toEqual(refused);
  });
});
