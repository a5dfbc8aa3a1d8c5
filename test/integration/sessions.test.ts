import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSeal } from '../../src/auth/session/seal.js';
import { freePort } from '../../dev/ports.js';
import { guardedApp, type GuardedApp } from '../support/guarded-app.js';
import { browse, signInAs } from '../support/sign-in.js';
import { testStack } from '../support/stack.js';
import { AUDIENCE, testIssuer, type TestIssuer } from '../support/test-issuer.js';

const stack = testStack();
const { urls: { guarded, issuer } } = stack;
const SECRET = 'a secret of at least thirty-two letters';

interface Shown { readonly status: number; readonly location: string | null; readonly cookies: string[]; readonly headers: Headers; readonly text: string }
async function get(address: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Shown> {
  const response = await fetch(address, { method, headers, redirect: 'manual', signal: AbortSignal.timeout(30_000) });
  return { status: response.status, location: response.headers.get('location'), cookies: response.headers.getSetCookie(), headers: response.headers, text: await response.text() };
}
const pair = (cookie: string) => cookie.split(';')[0]!;
/** Asks who is there, as dipper's own page would, but for what is given. */
async function who(base: string, headers: Record<string, string | undefined>, type = 'application/json') {
  const sent = Object.fromEntries(Object.entries({ 'content-type': type, 'sec-fetch-site': 'same-origin', origin: base, ...headers }).filter(([, value]) => value !== undefined)) as Record<string, string>;
  const response = await fetch(`${base}/graphql`, { method: 'POST', headers: sent, body: '{"query":"{ viewer { subject groups } }"}', signal: AbortSignal.timeout(30_000) });
  const { data, errors } = await response.json() as { data?: { viewer: unknown }; errors?: { message: string; extensions: { code: string } }[] };
  return [response.status, data?.viewer ?? errors?.[0]?.extensions.code];
}

/** Signs in at the guarded dipper as a browser does; gives the session's cookie and where it led. */
async function signIn(name: string, to = '/graphiql/'): Promise<{ cookie: string; shown: Shown; callback: string; begun: string }> {
  const { location, cookies: [begun] } = await get(`${guarded}/auth/login?${new URLSearchParams({ to })}`);
  const { url: login, jar } = await browse(issuer, location!);
  const { url: callback } = await browse(issuer, login, { name, password: name }, jar);
  const shown = await get(callback, { cookie: pair(begun!) });
  return { cookie: pair(shown.cookies.find((one) => one.startsWith('dipper_session='))!), shown, callback, begun: begun! };
}
const alice = [200, { subject: 'alice', groups: ['/ctao', '/ctao/archive'] }];

describe('signing in at the pages', () => {
  it('leads to the issuer by the code flow with PKCE, and back with a session', async () => {
    const { status, location, cookies, headers } = await get(`${guarded}/auth/login?to=/graphiql/`);
    const asked = Object.fromEntries(new URL(location!).searchParams);
    expect([status, location!.startsWith(`${issuer}/`)]).toEqual([302, true]);
    expect(asked).toMatchObject({ response_type: 'code', client_id: 'dipper-web', redirect_uri: `${guarded}/auth/callback`, resource: guarded, code_challenge_method: 'S256', state: expect.stringMatching(/^.{20,}$/), nonce: expect.stringMatching(/^.{20,}$/) });
    expect(cookies).toEqual([expect.stringMatching(/^dipper_login=[^;]+; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/)]);
    expect(headers.get('cache-control')).toBe('no-store');

    const { shown, cookie } = await signIn('alice');
    expect([shown.status, shown.location]).toEqual([302, '/graphiql/']);
    expect(shown.cookies).toEqual([expect.stringMatching(/^dipper_login=; Max-Age=0;/), expect.stringMatching(/^dipper_session=[^;]+; Max-Age=3[56]\d\d; Path=\/; HttpOnly; SameSite=Strict$/)]);
    expect(await who(guarded, { cookie })).toEqual(alice);
    expect(JSON.parse((await get(`${guarded}/auth/session`, { cookie })).text)).toEqual({ offered: true, viewer: { subject: 'alice', issuer, expires: expect.stringMatching(/^20/) } });
    // The cookie gives nothing away.
    expect(Buffer.from(cookie.split('.')[3]!, 'base64url').toString()).not.toContain('alice');
  });

  it('is not offered where it is not set up, nor by the dipper that is open to all', async () => {
    expect(JSON.parse((await get(`${stack.urls.dipper}/auth/session`)).text)).toEqual({ offered: false, viewer: null });
    expect((await get(`${stack.urls.dipper}/auth/login`)).status).toBe(404);
  });

  it.each(['//evil.test', 'https://evil.test/', '/\\evil.test', '\\\\evil.test', '/\t/evil.test', 'javascript:alert(1)', '/auth/login', '/x/..//evil.test', ''])('does not lead elsewhere afterwards: %j', async (to) => {
    expect((await signIn('alice', to)).shown.location).toBe('/graphiql/');
  });

  it('works once, in the browser where it was begun, and not with a changed state', async () => {
    const { callback, begun } = await signIn('alice');
    const other = (await get(`${guarded}/auth/login`)).cookies[0]!;
    for (const [address, cookie] of [[callback, begun], [callback, other], [callback, undefined], [callback, 'dipper_login=x.y.z'], [callback.replace(/state=[^&]+/, 'state=x'), begun]] as const) {
      const { status, cookies, text } = await get(address, cookie === undefined ? {} : { cookie: pair(cookie) });
      expect([status, cookies, text]).toEqual([expect.toSatisfy((code: number) => code === 401 || code === 502), [], expect.stringMatching(/UNAUTHENTICATED|UPSTREAM_UNAVAILABLE/)]);
    }
  });

  it('ends with a sentence where the issuer refuses', async () => {
    const { cookies: [begun], location } = await get(`${guarded}/auth/login`);
    const { status, text } = await get(`${guarded}/auth/callback?${new URLSearchParams({ error: 'access_denied', state: new URL(location!).searchParams.get('state')!, iss: issuer })}`, { cookie: pair(begun!) });
    expect([status, text]).toEqual([401, expect.stringContaining('The issuer refuses: access_denied')]);
  });
});

describe('a session', () => {
  it('counts for requests of the own pages only', async () => {
    const { cookie } = await signIn('alice');
    const forbidden = [403, 'FORBIDDEN'];
    expect(await who(guarded, { cookie, 'sec-fetch-site': undefined })).toEqual(alice); // a browser over plain HTTP
    for (const headers of [
      { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }, { 'sec-fetch-site': 'same-site' }, { 'sec-fetch-site': 'none', origin: undefined }, { 'sec-fetch-site': 'same-origin', origin: 'https://evil.test' },
      { 'sec-fetch-site': undefined, origin: undefined }, { 'sec-fetch-site': undefined, origin: 'null' }, { 'sec-fetch-site': undefined, origin: `${guarded}.evil.test` }, { 'sec-fetch-site': undefined, origin: 'http://127.0.0.1' },
    ]) expect(await who(guarded, { cookie, ...headers }), JSON.stringify(headers)).toEqual(forbidden);
    // Forms of other sites, were they to get here, are refused as such.
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) expect((await who(guarded, { cookie }, type))[0]).toBeGreaterThanOrEqual(400);
  });

  it('gives way to a header Authorization', async () => {
    const { cookie } = await signIn('alice');
    const { access_token: token } = await signInAs(stack, 'carol');
    expect(await who(guarded, { cookie, authorization: `Bearer ${token}` })).toEqual([200, { subject: 'carol', groups: [] }]);
    expect(await who(guarded, { cookie, authorization: 'Bearer x' })).toEqual([401, 'UNAUTHENTICATED']);
  });

  it('ends at a POST of the own pages', async () => {
    const { cookie } = await signIn('alice');
    expect((await get(`${guarded}/auth/logout`, { cookie })).status).toBe(405);
    expect(await get(`${guarded}/auth/logout`, { cookie, 'sec-fetch-site': 'cross-site' }, 'POST')).toMatchObject({ status: 403, cookies: [] });
    expect(await get(`${guarded}/auth/logout`, { cookie, 'sec-fetch-site': 'same-origin' }, 'POST')).toMatchObject({ status: 204, cookies: [expect.stringMatching(/^dipper_session=; Max-Age=0;/)] });
  });
});

describe('what a session is made of', () => {
  let clock = Date.now();
  let tokens: TestIssuer;
  let app: GuardedApp;
  const seal = (secret = SECRET) => createSeal(secret, () => clock);
  const inAnHour = () => Math.floor(clock / 1000) + 3600;

  beforeAll(async () => {
    tokens = await testIssuer(() => clock);
    const port = await freePort();
    app = await guardedApp(stack, { tokens: { audience: [AUDIENCE], issuers: [{ issuer: tokens.issuer }], login: { issuer: tokens.issuer, clientId: 'web' } } }, {
      now: () => clock, env: { DIPPER_PORT: String(port), DIPPER_PUBLIC_URL: `http://127.0.0.1:${port}`, DIPPER_SECRET: SECRET },
    });
  });
  afterAll(async () => {
    await app?.stop();
    await tokens?.close();
  });
  const asks = async (text: string) => (await who(app.url, { cookie: `dipper_session=${text}` }))[0];

  it('nobody else can make one', async () => {
    const token = await tokens.sign();
    expect(await asks(await seal().seal('session', { token }, inAnHour()))).toBe(200);
    expect(await asks(await seal(`${SECRET}.`).seal('session', { token }, inAnHour()))).toBe(401); // another secret
    expect(await asks(await seal().seal('login', { token }, inAnHour()))).toBe(401); // sealed for something else
    expect(await asks(await seal().seal('session', { token: 'x.y.z' }, inAnHour()))).toBe(401);
    expect(await asks(await seal().seal('session', {}, inAnHour()))).toBe(401);
    for (const text of [token, '', 'x', 'a.b.c.d.e', 'é'.repeat(10).normalize()]) expect(await asks(encodeURIComponent(text))).toBe(401);
    expect(app.log()).not.toContain(token.slice(0, 40));
  });

  it('lives no longer than its token', async () => {
    const token = await tokens.sign({ exp: Math.floor(clock / 1000) + 600 });
    const text = await seal().seal('session', { token }, inAnHour());
    expect(await asks(text)).toBe(200);
    clock += 11 * 60_000;
    expect(await asks(text)).toBe(401);
  });

  it('an issuer that is down is said so', async () => {
    tokens.answer = () => ({ status: 503 });
    expect(await get(`${app.url}/auth/login`)).toMatchObject({ status: 502, cookies: [] });
    tokens.answer = undefined;
  });

  it('a callback with another state, or with none, is refused before the issuer is asked for anything', async () => {
    tokens.answer = () => ({ status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ issuer: tokens.issuer, jwks_uri: `${tokens.issuer}/jwks`, token_endpoint: `${tokens.issuer}/token`, authorization_endpoint: `${tokens.issuer}/auth` }) });
    const { cookies: [begun], location } = await get(`${app.url}/auth/login`);
    const state = new URL(location!).searchParams.get('state')!;
    const asked = async (query: string) => {
      const { status, cookies } = await get(`${app.url}/auth/callback?${query}`, { cookie: pair(begun!) });
      return [status >= 400, cookies, tokens.asked.includes('/token')];
    };
    for (const query of ['code=fresh&state=other', 'code=fresh', `code=fresh&state=${state}x`, `code=fresh&state=${state}&state=other`]) expect(await asked(query)).toEqual([true, [], false]);
    expect(await asked(`code=fresh&state=${state}`)).toEqual([true, [], true]);
    tokens.answer = undefined;
    clock += 61 * 60_000;
  });

  it("the issuer's addresses are asked for each hour, and soon after a sign-in that failed; while it is down the old ones stand", async () => {
    const moveTo = (place: string) => {
      tokens.answer = () => ({ status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ issuer: tokens.issuer, jwks_uri: `${tokens.issuer}/jwks`, token_endpoint: `${tokens.issuer}/token`, authorization_endpoint: `${tokens.issuer}/${place}` }) });
    };
    const login = () => get(`${app.url}/auth/login`);
    const place = async () => { const { location } = await login(); return location && new URL(location).pathname; };
    moveTo('one');
    expect(await Promise.all([place(), place()])).toEqual(['/one', '/one']);
    moveTo('two');
    expect(await place()).toBe('/one');
    clock += 61 * 60_000;
    expect(await place()).toBe('/two');

    tokens.answer = () => ({ status: 503 });
    clock += 61 * 60_000;
    const before = tokens.asked.length;
    expect([await place(), await place(), await place(), tokens.asked.length - before]).toEqual(['/two', '/two', '/two', 1]);
    moveTo('three');
    clock += 31_000;
    expect(await place()).toBe('/three');

    moveTo('four');
    const { cookies: [begun] } = await login();
    expect((await get(`${app.url}/auth/callback?code=x&state=y`, { cookie: pair(begun!) })).status).toBe(502);
    expect(await place()).toBe('/three'); // a flood of them is no flood for the issuer
    clock += 31_000;
    expect(await place()).toBe('/four');
    tokens.answer = undefined;
  });
});

it('over TLS the cookies are for TLS and this host alone', async () => {
  const tokens = await testIssuer();
  tokens.answer = (path) => (path === '/jwks' ? undefined : { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ issuer: tokens.issuer, jwks_uri: `${tokens.issuer}/jwks`, authorization_endpoint: `${tokens.issuer}/auth`, token_endpoint: `${tokens.issuer}/token` }) });
  const app = await guardedApp(stack, { tokens: { audience: [AUDIENCE], issuers: [{ issuer: tokens.issuer }], login: { issuer: tokens.issuer, clientId: 'web' } } }, {
    env: { DIPPER_PUBLIC_URL: 'https://dipper.test', DIPPER_SECRET: SECRET },
  });
  try {
    const { cookies, location } = await get(`${app.url}/auth/login`, { host: 'evil.test', 'x-forwarded-host': 'evil.test' });
    expect(cookies).toEqual([expect.stringMatching(/^__Host-dipper_login=[^;]+; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/)]);
    expect(new URL(location!).searchParams.get('redirect_uri')).toBe('https://dipper.test/auth/callback');
  } finally {
    await app.stop();
    await tokens.close();
  }
});
