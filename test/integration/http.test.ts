import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { testStack } from '../support/stack.js';

const stack = testStack();
const url = stack.urls.dipper;
const post = (body: string, headers: Record<string, string> = {}) =>
  fetch(`${url}/graphql`, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers }, signal: AbortSignal.timeout(30_000) });
const codeOf = async (response: Response) => ((await response.json()) as { errors: { extensions: { code: string } }[] }).errors[0]!.extensions.code;

describe('the doors', () => {
  it('/healthz and /readyz', async () => {
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok' });
    expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: 'ready' });
  });

  it('/metrics for Prometheus', async () => {
    await post('{"query":"{ mirror { state } }"}');
    await post('{"query":"{ files(first: 0) { totalCount } }"}');
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(/^dipper_graphql_operation_seconds_count\{kind="query"\} [1-9]/m);
    expect(metrics).toMatch(/^dipper_graphql_errors_total\{code="BAD_USER_INPUT"\} [1-9]/m);
    expect(metrics).toMatch(/^dipper_mirror_lag_seconds \d/m);
    expect(metrics).toMatch(/^dipper_mirror_set_aside 0$/m);
    expect(metrics).toMatch(/^dipper_process_cpu_seconds_total /m);
  });

  it('/graphql by GET, for clients that pass the guard against cross-site requests', async () => {
    const get = (headers: Record<string, string>) => fetch(`${url}/graphql?query={__typename}`, { headers });
    expect(await (await get({ 'apollo-require-preflight': '1' })).json()).toMatchObject({ data: { __typename: 'Query' } });
    expect((await get({})).status).toBe(400);
  });

  it('answers in the media type that is asked for', async () => {
    const response = await post('{"query":"{ __typename }"}', { accept: 'application/graphql-response+json' });
    expect(response.headers.get('content-type')).toMatch(/^application\/graphql-response\+json/);
  });

  it.each<[string, string, number, string]>([
    ['a body that is no JSON', '{', 400, 'BAD_REQUEST'],
    ['a body over 1 MiB', JSON.stringify({ query: 'x'.repeat(1_100_000) }), 413, 'BAD_REQUEST'],
    ['a batch', '[{"query":"{ __typename }"}]', 400, 'BAD_REQUEST'],
    ['a syntax error', '{"query":"{"}', 200, 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', '{"query":"{ nothing }"}', 200, 'GRAPHQL_VALIDATION_FAILED'],
    ['an operation too deep', JSON.stringify({ query: `{ files { nodes ${'{ parents { ... on Dataset { files { nodes '.repeat(6)}{ lfn }${' } } } }'.repeat(6)} } }` }), 400, 'COST_LIMIT'],
  ])('refuses %s', async (_title, body, status, code) => {
    const response = await post(body);
    expect(response.status).toBe(status);
    expect(await codeOf(response)).toBe(code);
  });

  it('says where to look', async () => {
    const response = await fetch(`${url}/nothing`);
    expect([response.status, ((await response.json()) as { message: string }).message]).toEqual([404, expect.stringContaining('/graphql')]);
  });
});

/** Exit code and error text of a dipper command. */
async function command(args: string[], env: Record<string, string>): Promise<[code: number | null, text: string]> {
  const child = spawn(process.execPath, ['dist/src/main.js', ...args], { env: { ...process.env, ...stack.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'], timeout: 30_000 });
  let text = '';
  child.stderr.on('data', (chunk: Buffer) => { text += String(chunk); });
  const code = await new Promise<number | null>((resolve) => { child.once('close', resolve); });
  return [code, text];
}

describe('dipper serve ends with a clear sentence', () => {
  it('where DIPPER_AUTH=none would be open to others', async () => {
    expect(await command(['serve'], { DIPPER_HOST: '0.0.0.0', DIPPER_PORT: '0' })).toEqual([1, expect.stringContaining('DIPPER_AUTH=none lets everybody in, so it is for loopback only')]);
  });

  it('where its port is taken', async () => {
    const { port } = new URL(url);
    expect(await command(['serve'], { DIPPER_PORT: port })).toEqual([1, `dipper serve: Port ${port} is in use. Set DIPPER_PORT to another.\n`]);
  });

  it('where settings are missing', async () => {
    expect(await command(['serve'], { RUCIO_URL: '', DIPPER_AUTH: '' })).toEqual([1, 'dipper serve: The settings are not right:\n  - DIPPER_AUTH is not set\n  - RUCIO_URL is not set\n']);
  });
});
