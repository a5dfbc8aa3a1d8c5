import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp, type App } from '../../src/app.js';
import { readConfig } from '../../src/config.js';
import { configOn } from '../support/scratch-archive.js';
import { testStack } from '../support/stack.js';

const stack = testStack();
const folder = mkdtempSync(join(tmpdir(), 'dipper-trusted-'));
const file = join(folder, 'documents.json');
const page = 'query Page($first: Int) { files(first: $first) { nodes { name } } }';
const hash = createHash('sha256').update(page).digest('hex');
writeFileSync(file, JSON.stringify({ [hash]: page }));

const apps: App[] = [];
const urls: Record<string, string> = {};
beforeAll(async () => {
  for (const only of ['true', 'false']) {
    const app = await createApp(configOn(stack, stack.env['DATABASE_URL']!, { DIPPER_TRUSTED_DOCUMENTS: file, DIPPER_TRUSTED_DOCUMENTS_ONLY: only }));
    apps.push(app);
    urls[only] = await app.start();
  }
});
afterAll(async () => {
  for (const app of apps) await app.stop();
  rmSync(folder, { recursive: true });
});

const post = async (only: string, body: unknown) => {
  const response = await fetch(`${urls[only]!}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  return [response.status, await response.json()];
};
const two = [200, expect.objectContaining({ data: { files: { nodes: [expect.anything(), expect.anything()] } } })];
const refused = (status: number, code: string) => [status, expect.objectContaining({ errors: [expect.objectContaining({ extensions: expect.objectContaining({ code }) as object })] })];

describe.each(['true', 'false'])('with only trusted documents: %s', (only) => {
  it('answers by hash, however it is sent', async () => {
    const variables = { first: 2 };
    for (const body of [{ documentId: hash, variables }, { documentId: `sha256:${hash}`, variables }, { extensions: { persistedQuery: { version: 1, sha256Hash: hash } }, variables }, { query: page, variables }]) expect(await post(only, body)).toEqual(two);
  });

  it('answers by hash in a GET', async () => {
    const get = async (params: Record<string, string>) => (await fetch(`${urls[only]!}/graphql?${new URLSearchParams({ variables: '{"first":2}', ...params }).toString()}`, { headers: { 'apollo-require-preflight': '1' } })).json();
    for (const params of [{ documentId: hash }, { extensions: JSON.stringify({ persistedQuery: { version: 1, sha256Hash: hash } }) }] as Record<string, string>[]) expect(await get(params)).toEqual(two[1]);
  });

  it('refuses hashes that it does not know', async () => {
    for (const documentId of ['0'.repeat(64), '', '__proto__', 'constructor']) expect(await post(only, { documentId })).toEqual(refused(400, 'BAD_USER_INPUT'));
  });
});

it('with only trusted documents, nothing else is answered', async () => {
  for (const body of [{ query: '{ __typename }' }, { query: `${page} ` }, { query: '{ __typename }', documentId: hash }, {}, [], 'x', { query: 5 }, { query: '{ __typename }', extensions: { persistedQuery: { version: 1, sha256Hash: hash } } }]) {
    expect((await post('true', body))[0]).toBeGreaterThanOrEqual(400);
  }
  expect(await post('true', { query: '{ __typename }' })).toEqual(refused(403, 'FORBIDDEN'));
  expect((await fetch(`${urls['true']!}/graphql?query={__typename}`, { headers: { 'apollo-require-preflight': '1' } })).status).toBe(403);
  expect((await post('false', { query: '{ __typename }' }))[0]).toBe(200);
});

it('takes the list that codegen writes, and no list whose hashes are wrong', () => {
  const { trusted } = readConfig('serve', { ...stack.env, DIPPER_TRUSTED_DOCUMENTS: 'web/src/generated/persisted-documents.json' });
  expect(trusted.documents.size).toBe(6);
  expect([...trusted.documents.keys()].sort()).toEqual(Object.keys(JSON.parse(readFileSync('web/src/generated/persisted-documents.json', 'utf8')) as object).sort());
  const bad = join(folder, 'bad.json');
  writeFileSync(bad, JSON.stringify({ [hash]: `${page} ` }));
  expect(() => readConfig('serve', { ...stack.env, DIPPER_TRUSTED_DOCUMENTS: bad })).toThrow('is not the SHA-256 of its document');
  expect(() => readConfig('serve', { ...stack.env, DIPPER_TRUSTED_DOCUMENTS: '', DIPPER_TRUSTED_DOCUMENTS_ONLY: 'true' })).toThrow('DIPPER_TRUSTED_DOCUMENTS_ONLY needs DIPPER_TRUSTED_DOCUMENTS');
});
