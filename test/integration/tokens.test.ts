import { createHmac } from 'node:crypto';
import { request } from 'node:http';
import { exportSPKI, importJWK, SignJWT, UnsecuredJWT, type CryptoKey } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nobody } from '../../src/domain/identity.js';
import { guardedApp, type GuardedApp } from '../support/guarded-app.js';
import { testStack } from '../support/stack.js';
import { AUDIENCE, makeKey, testIssuer, type TestIssuer } from '../support/test-issuer.js';

const stack = testStack();
const ANY = 'https://wlcg.cern.ch/jwt/v1/any';
const now = () => Math.floor(Date.now() / 1000);
let trusted: TestIssuer;
let other: TestIssuer;
let unlisted: TestIssuer;
let app: GuardedApp;

beforeAll(async () => {
  [trusted, other, unlisted] = await Promise.all([testIssuer(), testIssuer(), testIssuer()]);
  app = await guardedApp(stack, { tokens: { audience: [AUDIENCE], issuers: [{ issuer: trusted.issuer }, { issuer: other.issuer, keys: `${other.issuer}/jwks` }] } });
});
afterAll(async () => {
  await app?.stop();
  await Promise.all([trusted, other, unlisted].map((one) => one?.close()));
});

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const present = async (claims?: Record<string, unknown>, header?: Record<string, unknown>) => app.who(bearer(await trusted.sign(claims, header)));

/** Refused with a sentence; neither the answer nor the log has the token. */
async function expectRefused(token: string, sentence: RegExp): Promise<void> {
  const { status, code, message, viewer, headers } = await app.who(bearer(token));
  expect({ status, code, viewer, message }).toEqual({ status: 401, code: 'UNAUTHENTICATED', viewer: undefined, message: expect.stringMatching(sentence) });
  expect(headers.get('www-authenticate')).toMatch(/^Bearer realm="dipper", error="invalid_token", error_description="[^"]+"$/);
  expect(headers.get('www-authenticate') + message!).not.toContain(token.slice(-20));
  expect(app.log()).not.toContain(token.slice(0, 40));
}
const expectClaimsRefused = async (claims: Record<string, unknown>, sentence: RegExp) => expectRefused(await trusted.sign(claims), sentence);

describe('a token of a listed issuer', () => {
  it('says who asks, with groups and capabilities', async () => {
    const scope = 'openid storage.read:/ctao/dl0/ compute.create storage.read:/a%20b profile';
    const { status, viewer } = await present({ scope, 'wlcg.groups': ['/ctao', '/ctao/Pipeline'] });
    expect([status, viewer]).toEqual([200, { subject: 'alice', issuer: trusted.issuer, groups: ['/ctao', '/ctao/Pipeline'], scopes: ['storage.read:/ctao/dl0', 'compute.create', 'storage.read:/a b'] }]);
  });

  it('works for each issuer, with each algorithm that is allowed, in any letters of "Bearer"', async () => {
    await other.rotate('RS256');
    const { viewer } = await app.who({ authorization: `bEARER ${await other.sign({ sub: 'bob' }, { typ: 'at+jwt' })}` });
    expect(viewer).toMatchObject({ subject: 'bob', issuer: other.issuer });
    expect(other.asked).toEqual(['/jwks']);
  });

  it('is not needed: who shows nothing is nobody', async () => {
    const { status, viewer } = await app.who();
    const { subject, issuer, groups, scopes } = nobody;
    expect([status, viewer]).toEqual([200, { subject, issuer, groups, scopes }]);
  });

  it('is not asked for again: keys are fetched once for all who wait', async () => {
    const fresh = await testIssuer();
    const one = await guardedApp(stack, { tokens: { audience: [AUDIENCE], issuers: [{ issuer: fresh.issuer }] } });
    try {
      const token = await fresh.sign();
      const all = await Promise.all(Array.from({ length: 20 }, () => one.who(bearer(token))));
      expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]));
      expect(fresh.asked).toEqual(['/.well-known/openid-configuration', '/jwks']);
    } finally {
      await one.stop();
      await fresh.close();
    }
  });

  it.each([['Basic YWxpY2U6eA=='], ['Bearer'], ['Bearer a b'], ['Bearer garbage'], ['Bearer a.b.c'], ['Bearer a.b.c.d.e'], ['Bearer eyJhbGciOiJub25lIn0..']])('is refused as %s', async (authorization) => {
    expect(await app.who({ authorization })).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  });

  it('is refused in two headers at once', async () => {
    const tokens = await Promise.all([trusted.sign(), trusted.sign({ sub: 'bob' })]);
    const status = await new Promise((resolve, reject) => {
      const headers = ['host', new URL(app.url).host, 'content-type', 'application/json', ...tokens.flatMap((token) => ['authorization', `Bearer ${token}`])];
      request(`${app.url}/graphql`, { method: 'POST', headers: headers as unknown as Record<string, string> }, (response) => { response.resume(); resolve(response.statusCode); }).on('error', reject).end('{"query":"{ __typename }"}');
    });
    expect(status).toBe(401);
  });
});

describe('case 30: alg none in any spelling', () => {
  it.each(['none', 'None', 'NONE', 'nOnE', ''])('%j', async (alg) => {
    const [, payload] = (await trusted.sign()).split('.');
    const header = Buffer.from(JSON.stringify({ alg, kid: trusted.key.kid })).toString('base64url');
    await expectRefused(`${header}.${payload}.`, /not signed by one of|not a JSON Web Token/);
    await expectRefused(`${header}.${payload}.AAAA`, /not signed by one of|not a JSON Web Token/);
  });

  it("as jose's own library writes it", async () => {
    await expectRefused(new UnsecuredJWT({ iss: trusted.issuer, sub: 'alice', aud: AUDIENCE }).setExpirationTime('1h').encode(), /not signed by one of/);
  });
});

it('case 31: HS256 keyed with the public key', async () => {
  await other.rotate('RS256');
  const [, payload] = (await other.sign()).split('.');
  const head = `${Buffer.from(JSON.stringify({ alg: 'HS256', kid: other.key.kid })).toString('base64url')}.${payload}`;
  const pem = await exportSPKI(await importJWK(other.key.jwk, 'RS256', { extractable: true }) as CryptoKey);
  for (const secret of [pem, pem.trimEnd(), JSON.stringify(other.key.jwk), other.key.jwk.n!]) {
    await expectRefused(`${head}.${createHmac('sha256', secret).update(head).digest('base64url')}`, /not signed by one of RS256, ES256/);
  }
});

describe('case 32: a kid or a header that leads elsewhere', () => {
  const isWarm = async () => { expect((await present()).status).toBe(200); return trusted.asked.length; };

  it.each([[['kid']], [{ a: 1 }], [7], [''], [undefined]])('kid is %j', async (kid) => {
    const before = await isWarm();
    await expectRefused(await trusted.sign({}, { kid }), /names no key/);
    expect(trusted.asked.length).toBe(before);
  });

  it.each(['../../../../dev/null', '/etc/passwd', "x' union select 'key'--", '__proto__', 'constructor', 'http://127.0.0.1/key', 'a\u0000b'])('kid is %j', async (kid) => {
    await isWarm();
    await expectRefused(await trusted.sign({}, { kid }), /has no such key/);
    expect(trusted.asked.filter((path) => !['/jwks', '/.well-known/openid-configuration'].includes(path))).toEqual([]);
  });

  it.each(['jku', 'x5u', 'jwk', 'x5c'])('%s is in the header', async (name) => {
    const before = await isWarm();
    const mine = await makeKey('ES256');
    const value = { jku: `${unlisted.issuer}/jwks`, x5u: `${unlisted.issuer}/x5u`, jwk: mine.jwk, x5c: ['MIIB'] }[name];
    await expectRefused(await trusted.sign({}, { [name]: value }), /a key of its own/); // though the signature is good
    const forged = await new SignJWT({ iss: trusted.issuer, sub: 'alice', aud: AUDIENCE }).setProtectedHeader({ alg: 'ES256', kid: trusted.key.kid, [name]: value }).sign(mine.secret);
    await expectRefused(forged, /a key of its own/);
    expect([trusted.asked.length, unlisted.asked]).toEqual([before, []]);
  });

  it('a header that must be understood, and is not', async () => {
    const token = await new SignJWT({ iss: trusted.issuer }).setProtectedHeader({ alg: 'ES256', kid: trusted.key.kid, crit: ['exotic'], exotic: true }).sign(trusted.key.secret, { crit: { exotic: true } });
    await expectRefused(token, /does not hold/);
  });
});

describe('case 33: aud wrong, missing, prefix, other case', () => {
  it.each([['https://elsewhere.test'], [`${AUDIENCE}/`], [AUDIENCE.slice(0, -1)], [AUDIENCE.toUpperCase()], [`${AUDIENCE}.evil.test`], [[]], [['https://elsewhere.test']], [''], [ANY], [[ANY]], [7]])('%j', (aud) => expectClaimsRefused({ aud }, /another audience|aud/));
  it('missing', () => expectClaimsRefused({ aud: undefined }, /no claim aud/));
  it('in a list it counts', async () => { expect((await present({ aud: ['https://elsewhere.test', AUDIENCE] })).status).toBe(200); });

  it('the any-audience counts where the access file names it', async () => {
    const lax = await guardedApp(stack, { tokens: { audience: [AUDIENCE, ANY], issuers: [{ issuer: trusted.issuer }] } });
    try {
      expect((await lax.who(bearer(await trusted.sign({ aud: ANY })))).status).toBe(200);
    } finally {
      await lax.stop();
    }
  });
});

describe('case 34: iss unlisted, trailing slash, lookalike', () => {
  it('is refused, and nobody is asked', async () => {
    const before = trusted.asked.length;
    const { host, port } = new URL(trusted.issuer);
    const names = [unlisted.issuer, `${trusted.issuer}/`, trusted.issuer.toUpperCase(), `http://${host}.evil.test`, `http://localhost:${port}`, `http://alice@${host}`, 'https://127.0.0.1', '', undefined, 7, [trusted.issuer], { a: 1 }];
    for (const iss of names) await expectClaimsRefused({ iss }, /issuer of the token \(iss\) is not one of|not a JSON Web Token/);
    await expectRefused(await unlisted.sign(), /not one of those that are trusted/);
    expect([unlisted.asked, trusted.asked.length]).toEqual([[], before]);
  });

  it('a token of one listed issuer does not count as one of another', async () => {
    const forged = await new SignJWT({ iss: other.issuer, sub: 'alice', aud: AUDIENCE, jti: '1', 'wlcg.ver': '1.0' }).setProtectedHeader({ alg: 'ES256', kid: trusted.key.kid }).setIssuedAt().setExpirationTime('1h').sign(trusted.key.secret);
    await expectRefused(forged, /no such key/);
  });
});

describe('case 35: times', () => {
  it.each<[string, () => Record<string, unknown>, RegExp]>([
    ['expired', () => ({ iat: now() - 3600, nbf: now() - 3600, exp: now() - 61 }), /expired/],
    ['nbf in the future', () => ({ nbf: now() + 90 }), /nbf/],
    ['a life of ten years', () => ({ exp: now() + 315_360_000 }), /longer than 6 hours/],
    ['a life of 6 hours and a second', () => ({ exp: now() + 21_601, iat: now() }), /longer than 6 hours/],
    ['no exp', () => ({ exp: undefined }), /no claim exp/],
    ['exp as text', () => ({ exp: String(now() + 3600) }), /exp/],
    ['no iat', () => ({ iat: undefined }), /no claim iat/],
    ['iat in the future', () => ({ iat: now() + 90 }), /future/],
    ['iat as text', () => ({ iat: 'now' }), /iat|future/],
  ])('%s', (_title, claims, sentence) => expectClaimsRefused(claims(), sentence));

  it.each<[string, () => Record<string, unknown>]>([
    ['expired within the skew', () => ({ iat: now() - 3600, exp: now() - 30 })],
    ['issued and valid in half a minute', () => ({ iat: now() + 30, nbf: now() + 30 })],
    ['a life of 6 hours', () => ({ iat: now(), exp: now() + 21_600 })],
  ])('%s is taken', async (_title, claims) => { expect((await present(claims())).status).toBe(200); });

  it('numbers beyond all measure', async () => {
    for (const [name, value] of [['exp', '1e400'], ['iat', '-1e400'], ['exp', '-1'], ['iat', '1e400'], ['nbf', '1e400']] as const) {
      const body = JSON.stringify({ iss: trusted.issuer, sub: 'a', aud: AUDIENCE, jti: '1', 'wlcg.ver': '1.0', exp: now() + 60, iat: now(), [name]: 'HERE' }).replace('"HERE"', value);
      const head = `${Buffer.from(JSON.stringify({ alg: 'ES256', kid: trusted.key.kid })).toString('base64url')}.${Buffer.from(body).toString('base64url')}`;
      const signature = Buffer.from(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, trusted.key.secret, Buffer.from(head))).toString('base64url');
      await expectRefused(`${head}.${signature}`, /./);
    }
  });
});

describe('case 37: an ID token, or the token of another client', () => {
  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['an ID token by its audience', { aud: 'dipper-web' }, {}],
    ['an ID token for the same audience, by its nonce', { nonce: 'n' }, {}],
    ['an ID token for the same audience, by its at_hash', { at_hash: 'h' }, {}],
    ['a token of another client', { aud: 'https://storage.test' }, {}],
    ['a logout token', {}, { typ: 'logout+jwt' }],
  ])('%s', async (_title, claims, header) => { await expectRefused(await trusted.sign(claims, header), /ID token|another audience|no access token/); });
});

describe('case 38: storage scopes', () => {
  const bad = [
    'storage.read', 'storage.read:', 'storage.create', 'storage.modify', 'storage.stage', 'storage.poll', 'storage.unknown', 'Storage.read', 'storage.read:ctao', 'storage.read:/ctao/../cta', 'storage.read:/..',
    'storage.read:/ctao/%2e%2e/cta', 'storage.read:/ctao/%2E%2E/cta', 'storage.read:/ctao/.%2e', 'storage.read:/ctao//dl0', 'storage.read://ctao', 'storage.read:/ctao/%2fdl0', 'storage.read:/ctao/./dl0', 'storage.read:/a%00',
    'storage.read:/a%5c..', 'storage.read:/a\\b', 'storage.read:/a%252e%252e', 'storage.read:/a%zz', 'storage.read:/a\nb', 'storage.read:/good storage.modify',
  ];
  it.each(bad)('%j refuses the token', (scope) => expectClaimsRefused({ scope: `openid ${scope}` }, /storage scope/));
  it('a scope that is a list refuses it, too', () => expectClaimsRefused({ scope: ['storage.read:/ctao'] }, /scope/));
});

describe('what the profile asks of an access token', () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    ['no sub', { sub: undefined }, /no claim sub/],
    ['an empty sub', { sub: '' }, /subject/],
    ['a sub of 256 letters', { sub: 'a'.repeat(256) }, /subject/],
    ['a sub beyond ASCII', { sub: 'alicé' }, /subject/],
    ['a sub with a line break', { sub: 'a\nb' }, /subject/],
    ['a sub that is a number', { sub: 5 }, /sub/],
    ['no jti', { jti: undefined }, /no claim jti/],
    ['an empty jti', { jti: '' }, /jti/],
    ['no version', { 'wlcg.ver': undefined }, /no claim wlcg.ver/],
    ['version 2', { 'wlcg.ver': '2.0' }, /profile/],
    ['version 1 as a number', { 'wlcg.ver': 1 }, /profile/],
    ['version 10', { 'wlcg.ver': '10.0' }, /profile/],
    ['groups as text', { 'wlcg.groups': '/ctao' }, /groups/],
    ['groups that are objects', { 'wlcg.groups': [{ a: 1 }] }, /groups/],
  ])('%s', (_title, claims, sentence) => expectClaimsRefused(claims, sentence));

  it('a sub of 255 letters is taken', async () => { expect((await present({ sub: 'a'.repeat(255), 'wlcg.ver': '1.3' })).status).toBe(200); });

  it('a signature of somebody else, or a changed claim', async () => {
    const [head, payload, signature] = (await trusted.sign()).split('.') as [string, string, string];
    const changed = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(payload, 'base64url').toString()) as object, sub: 'root' })).toString('base64url');
    await expectRefused(`${head}.${changed}.${signature}`, /signature/);
    const mine = await makeKey('ES256');
    await expectRefused(await new SignJWT({ iss: trusted.issuer }).setProtectedHeader({ alg: 'ES256', kid: trusted.key.kid }).sign(mine.secret), /signature/);
  });
});

it('case 39: groups keep their case and their place; a child is not its parent', async () => {
  const { viewer } = await present({ 'wlcg.groups': ['/CTAO/Pipeline'] });
  expect(viewer!.groups).toEqual(['/CTAO/Pipeline']);
});

describe('case 42: a token in the URL query', () => {
  it.each(['access_token', 'ACCESS_TOKEN', 'authz', 'token', 'anything'])('as %s', async (name) => {
    const token = await trusted.sign();
    for (const value of [token, `Bearer ${token}`]) {
      const { status, code, message } = await app.who({}, `/graphql?${new URLSearchParams({ [name]: value })}`);
      expect([status, code, message]).toEqual([401, 'UNAUTHENTICATED', expect.stringContaining('in the address')]);
    }
    expect((await app.who(bearer(token), `/graphql?${name}=${token}`)).status).toBe(401);
    expect(app.log()).not.toContain(token.slice(0, 40));
  });
});
