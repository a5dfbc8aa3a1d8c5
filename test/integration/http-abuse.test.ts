import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { auditServer } from 'graphql-http';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp, type App } from '../../src/app.js';
import { configOn } from '../support/scratch-archive.js';
import { testStack } from '../support/stack.js';

const stack = testStack();
const json = { 'content-type': 'application/json' };
const SITE = 'https://portal.example.org';
const SECRET = 'eyJhbGciOiJub25lIn0.secret';
const lines: string[] = [];
let app: App;
let url: string;

beforeAll(async () => {
  const config = configOn(stack, stack.env['DATABASE_URL']!, { DIPPER_TIMEOUT_SECONDS: '2', DIPPER_CORS_ORIGINS: `${SITE}, http://localhost:5173` });
  app = await createApp(config, { log: pino({ level: 'debug' }, { write: (line: string) => { lines.push(line); } }) });
  url = await app.start();
});
afterAll(() => app.stop());

const send = (init: RequestInit, path = '/graphql') => fetch(`${url}${path}`, { method: 'POST', headers: json, body: '{"query":"{ __typename }"}', signal: AbortSignal.timeout(30_000), ...init });
const codeOf = async (response: Response) => ((await response.json()) as { errors: { extensions: { code: string } }[] }).errors[0]!.extensions.code;

/** Sends bytes and gives the whole answer, once the connection ends. */
const raw = (...parts: string[]) => new Promise<string>((resolve, reject) => {
  const { hostname, port } = new URL(url);
  let answer = '';
  const socket = connect(Number(port), hostname, () => { for (const part of parts) socket.write(part); });
  socket.setTimeout(20_000, () => { socket.destroy(new Error('No answer within 20 s.')); });
  socket.on('data', (chunk) => { answer += String(chunk); }).on('error', reject).on('close', () => { resolve(answer); });
});
const bodyOf = (answer: string) => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as { errors: { message: string; extensions: { code: string } }[] };

describe('GraphQL over HTTP', () => {
  it('passes every audit of graphql-http', async () => {
    const results = await auditServer({ url: `${url}/graphql`, fetchFn: (at: string, init: RequestInit = {}) => fetch(at, { ...init, headers: { ...init.headers as Record<string, string> | undefined, 'apollo-require-preflight': '1' } }) });
    expect(results.filter(({ status }) => status !== 'ok').map((one) => `${one.id} ${one.name}: ${'reason' in one ? one.reason : ''}`)).toEqual([]);
    expect(results).toHaveLength(61);
  }, 60_000);
});

describe('bodies', () => {
  it('case 13: over 1 MiB is 413', async () => {
    expect((await send({ body: JSON.stringify({ query: `{ __typename } #${'x'.repeat(1024 * 1024)}` }) })).status).toBe(413);
  });
  it('case 13: too slow is 408', async () => {
    const answer = await raw('POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"query":');
    expect([answer.slice(0, 12), bodyOf(answer).errors[0]!.extensions.code]).toEqual(['HTTP/1.1 408', 'BAD_REQUEST']);
  });
  it('case 13: a gzip bomb, or any other encoding, is 415', async () => {
    for (const encoding of ['gzip', 'br', 'deflate', 'GZIP, identity']) {
      const response = await send({ body: gzipSync(Buffer.alloc(100_000_000)), headers: { ...json, 'content-encoding': encoding } });
      expect([response.status, await codeOf(response)]).toEqual([415, 'BAD_REQUEST']);
    }
  });
  it('case 4: a batch of 50 operations is 400', async () => {
    expect((await send({ body: JSON.stringify(Array.from({ length: 50 }, () => ({ query: '{ __typename }' }))) })).status).toBe(400);
  });
  it.each([
    ['application/x-www-form-urlencoded', 'query=%7B__typename%7D'], ['text/plain', '{"query":"{ __typename }"}'], ['text/plain; charset=utf-8', '{"query":"{ __typename }"}'],
    ['multipart/form-data; boundary=x', '--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n{"query":"{ __typename }"}\r\n--x--'],
  ])('case 43: %s is 400', async (type, body) => { expect((await send({ body, headers: { 'content-type': type } })).status).toBe(400); });
  it('other types are 415', async () => {
    for (const type of ['application/graphql', 'application/xml', 'nonsense']) expect((await send({ headers: { 'content-type': type } })).status).toBe(415);
  });
  it('case 43: GET without the header that other sites cannot send is 400, a mutation by GET 405', async () => {
    const get = (query: string, headers: Record<string, string>) => send({ method: 'GET', headers, body: null }, `/graphql?query=${encodeURIComponent(query)}`);
    expect((await get('{ __typename }', {})).status).toBe(400);
    expect((await get('{ __typename }', { 'apollo-require-preflight': '1' })).status).toBe(200);
    expect((await get('mutation { __typename }', { 'apollo-require-preflight': '1' })).status).toBe(405);
  });
});

describe('other sites', () => {
  it.each(['null', 'https://portal.example.org.evil.test', 'https://evilportal.example.org', 'http://portal.example.org', 'https://portal.example.org:8443', 'HTTPS://PORTAL.EXAMPLE.ORG'])('case 44: %s may read nothing', async (origin) => {
    for (const method of ['POST', 'OPTIONS']) {
      const response = await send({ method, ...(method === 'OPTIONS' && { body: null }), headers: { ...json, origin, 'access-control-request-method': 'POST' } });
      expect(response.headers.get('access-control-allow-origin')).toBe(null);
    }
  });
  it('those of the list may', async () => {
    const response = await send({ headers: { ...json, origin: SITE } });
    expect([response.headers.get('access-control-allow-origin'), response.headers.get('vary')]).toEqual([SITE, expect.stringMatching(/origin/i)]);
    const preflight = await send({ method: 'OPTIONS', body: null, headers: { origin: SITE, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type' } });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin'), preflight.headers.get('access-control-allow-headers')]).toEqual([204, SITE, expect.stringContaining('authorization')]);
  });
});

describe('heads', () => {
  it('of every answer keep browsers and caches from doing more than they should', async () => {
    for (const [path, init] of [['/graphql', {}], ['/healthz', { method: 'GET', body: null }], ['/nothing', {}], ['/graphql', { body: '{' }], ['/graphql', { headers: { 'content-type': 'text/plain' } }]] as const) {
      const { headers } = await send(init, path);
      expect(Object.fromEntries(['x-content-type-options', 'referrer-policy', 'x-frame-options', 'cache-control'].map((name) => [name, headers.get(name)])))
        .toEqual({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'x-frame-options': 'DENY', 'cache-control': 'private, no-store' });
      expect([headers.get('content-security-policy'), headers.get('x-powered-by'), headers.get('server')]).toEqual([expect.stringContaining("default-src 'none'"), null, null]);
    }
  });

  it('case 47: a GET can be asked for again by its ETag, which no shared cache keeps', async () => {
    const get = (etag?: string) => send({ method: 'GET', body: null, headers: { 'apollo-require-preflight': '1', ...(etag && { 'if-none-match': etag }) } }, '/graphql?query={files(first:1){nodes{name}}}');
    const first = await get();
    const etag = first.headers.get('etag')!;
    expect([first.status, first.headers.get('cache-control'), first.headers.get('vary')]).toEqual([200, 'private, no-cache', expect.stringContaining('authorization')]);
    expect([(await get(etag)).status, await (await get(etag)).text(), (await get('W/"other"')).status]).toEqual([304, '', 200]);
    expect((await send({})).headers.get('etag')).toBe(null);
  });

  it('case 47: there are no automatic persisted queries', async () => {
    const extensions = { persistedQuery: { version: 1, sha256Hash: 'ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38' } };
    for (const body of [{ extensions }, { query: '{ __typename }', extensions }]) expect(await codeOf(await send({ body: JSON.stringify(body) }))).toBe('PERSISTED_QUERY_NOT_SUPPORTED');
  });

  it('carry the id of the request, if it can stand in a log', async () => {
    const idOf = async (id: string) => (await send({ headers: { ...json, 'x-request-id': id } })).headers.get('x-request-id');
    expect(await idOf('trace-1.2:3')).toBe('trace-1.2:3');
    for (const bad of ['a b', 'x'.repeat(65), '{"a":1}', '<script>']) expect(await idOf(bad)).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('errors', () => {
  it('of every kind say what is wrong, and nothing of the code', async () => {
    const header = (lines: string) => `GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${lines}\r\n`;
    const answers: readonly [number, string][] = await Promise.all([
      send({}, '/nothing').then(async (one): Promise<[number, string]> => [one.status, await one.text()]),
      send({ method: 'PUT' }).then(async (one): Promise<[number, string]> => [one.status, `${one.headers.get('allow')} ${await one.text()}`]),
      send({ body: '{"query":' }).then(async (one): Promise<[number, string]> => [one.status, await one.text()]),
      send({}, '/graphql/%c0%ae%zz').then(async (one): Promise<[number, string]> => [one.status, await one.text()]),
      ...[header(`x: ${'y'.repeat(20_000)}\r\n`), 'nonsense\r\n\r\n', header('no colon\r\n'), 'GET /graphql?query=x HTTP/1.1\r\nhost: [::\r\nconnection: close\r\n\r\n', 'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n'].map(async (bytes): Promise<[number, string]> => { const text = await raw(bytes); return [Number(text.slice(9, 12)), text]; }),
    ]);
    expect(answers.map(([status]) => status)).toEqual([404, 405, 400, 404, 431, 400, 400, 400, 400].map((status, index) => (index === 3 ? expect.toSatisfy((one) => one === 400 || one === 404) as number : status)));
    expect(answers[1]![1]).toContain('GET, POST');
    for (const [, text] of answers) expect(text).not.toMatch(/node_modules|\.js:\d|\bat .*\(|Error:/);
  });
});

describe('the access log', () => {
  it('has a line for each answer, with its id, and no secret', async () => {
    await send({ headers: { ...json, authorization: `Bearer ${SECRET}`, cookie: `session=${SECRET}`, 'x-request-id': 'find-me' } }, `/graphql?access_token=${SECRET}`);
    await send({}, `/nothing?token=${SECRET}`);
    await expect.poll(() => lines.filter((line) => line.includes('find-me'))).toHaveLength(1);
    expect(JSON.parse(lines.find((line) => line.includes('find-me'))!)).toMatchObject({ reqId: 'find-me', method: 'POST', path: '/graphql', msg: 'answered', subject: 'anonymous' });
    expect(lines.join('')).not.toContain(SECRET);
  });
});
