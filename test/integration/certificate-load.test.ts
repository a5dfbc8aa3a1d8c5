import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { asAnswer, certifiedApp, WHO, type Asked, type CertifiedApp } from '../support/certified-app.js';
import { ALICE, peoplePki, type PeoplePki } from '../support/people-pki.js';
import { testStack } from '../support/stack.js';
import { shown } from '../support/test-pki.js';

let world: PeoplePki;
let app: CertifiedApp;
let socket: string;

beforeAll(async () => {
  world = peoplePki();
  socket = world.pki.path('proxy.sock');
  app = await certifiedApp(testStack(), world.host, { caFolder: world.pki.caFolder, proxySocket: socket });
});
afterAll(async () => {
  vi.restoreAllMocks();
  await app?.stop();
  world?.pki.close();
});

const realNow = performance.now.bind(performance);
let ahead = 0;

/** Moves the clock that caches go by, which never goes back. */
function later(seconds: number): void {
  ahead += seconds * 1000;
  vi.spyOn(performance, 'now').mockImplementation(() => realNow() + ahead);
}

/** Asks at the proxy's socket with any certificate (DER), held or not. */
function claim(der: Buffer): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const pem = `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
    const headers = { 'content-type': 'application/json', 'x-ssl-client-verify': 'SUCCESS', 'x-ssl-client-cert': encodeURIComponent(pem) };
    const asking = request({ socketPath: socket, path: '/graphql', method: 'POST', headers, timeout: 30_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; }).on('end', () => { resolve(asAnswer(response.statusCode!, text)); });
    });
    asking.on('error', reject).end(WHO);
  });
}

describe('case 48: what was found out counts for a minute', () => {
  it('then a revocation is seen', async () => {
    const { pki, people, peopleHash } = world;
    const mallory = pki.issue('/DC=org/DC=example/OU=people/CN=Mallory', people);
    expect((await app.who(shown(mallory))).status).toBe(200);
    pki.crl(people, peopleHash, [mallory]);
    expect((await app.who(shown(mallory))).status).toBe(200);
    later(61);
    expect((await app.who(shown(mallory))).message).toMatch(/certificate revoked/);
    pki.crl(people, peopleHash);
  });

  it('then a CA that was taken out, or put in, is seen', async () => {
    const { pki, people, peopleHash } = world;
    const carol = pki.issue('/DC=org/DC=example/OU=people/CN=Carol', people);
    expect((await app.who(shown(carol))).status).toBe(200);
    pki.forget(peopleHash, '0');
    later(61);
    expect((await app.who(shown(carol))).message).toMatch(/not signed by a CA that is known here/);
    pki.trust(people, ['/DC=org/DC=example/OU=people/*', '/DC=org/DC=example/OU=hosts/*'], '/DC=org/DC=example/CN=People CA');
    later(11); // bad ones count for ten seconds
    expect((await app.who(shown(carol))).status).toBe(200);
  });

  it('but not longer than the certificate', async () => {
    const { pki, people, peopleHash } = world;
    const dave = pki.issue('/DC=org/DC=example/OU=people/CN=Dave', people);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(new X509Certificate(readFileSync(dave.certificate)).validTo) - 2000 });
    expect((await app.who(shown(dave))).status).toBe(200);
    vi.useRealTimers();
    pki.crl(people, peopleHash, [dave]); // what shows that it is looked at again
    later(3);
    expect((await app.who(shown(dave))).message).toMatch(/certificate revoked/);
    pki.crl(people, peopleHash);
  });
});

describe('a flood', () => {
  it('of distinct certificates of no CA blocks nobody', async () => {
    const alice = new X509Certificate(readFileSync(world.alice.certificate)).raw;
    const codes: unknown[] = [];
    let isOver = false;
    const flood = Promise.all(Array.from({ length: 30 }, async (_, lane) => {
      for (let at = lane + 1; !isOver; at += 30) {
        const forged = Buffer.from(alice);
        forged.writeUInt32BE(at, forged.length - 8); // in the signature
        codes.push((await claim(forged)).code);
      }
    }));
    try {
      // The flood goes on until she is answered.
      for (const fresh of [1, 2].map(() => world.pki.issue(ALICE, world.people))) expect((await app.who(shown(fresh))).viewer?.subject).toBe(ALICE);
    } finally {
      isOver = true;
      await flood;
    }
    expect(codes.length).toBeGreaterThan(30);
    expect(new Set(codes)).toEqual(new Set(['UNAUTHENTICATED']));
  });

  it('of distinct proxies of one holder keeps others from nothing', async () => {
    const { pki, bob } = world;
    const key = pki.newKey();
    const proxies = Array.from({ length: 20 }, (_, at) => pki.proxy(`/DC=org/DC=example/OU=people/CN=Bob/CN=${at}`, bob, { key }));
    const fresh = pki.issue(ALICE, world.people);
    let answered = 0;
    const all = proxies.map((proxy) => app.who(shown(proxy, bob)).then((answer) => { answered += 1; return answer; }));
    expect((await app.who(shown(fresh))).viewer?.subject).toBe(ALICE);
    const before = answered;
    expect((await Promise.all(all)).map(({ status }) => status)).toEqual(proxies.map(() => 200));
    expect(before).toBeLessThan(20);
  });
});
