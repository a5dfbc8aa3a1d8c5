import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp, type App } from '../../src/app.js';
import { SIGNATURE } from '../../src/domain/cursor.js';
import { readConfig } from '../../src/config.js';
import { ask, dataOf } from '../support/ask.js';
import { testStack } from '../support/stack.js';
import { truth } from '../support/truth.js';

const stack = testStack();
const url = stack.urls.dipper;
const lfn = truth()[0]!.name;
const nested = (field: string, depth: number) => `${`${field} { `.repeat(depth)} name ${'}'.repeat(depth)}`;
/** With the signature of a cursor that is good. */
const cursor = (signed: string, ...parts: unknown[]) => Buffer.concat([Buffer.from(JSON.stringify(parts)), Buffer.from(signed, 'base64url').subarray(-SIGNATURE)]).toString('base64url');
const partsOf = (text: string) => JSON.parse(Buffer.from(text, 'base64url').subarray(0, -SIGNATURE).toString()) as unknown[];

async function refused(query: string, code: string, variables?: object, status?: number): Promise<string> {
  const answer = await ask(url, query, variables);
  expect(answer.errors?.[0]?.extensions.code, answer.text.slice(0, 500)).toBe(code);
  if (status) expect(answer.status).toBe(status);
  return answer.errors![0]!.message;
}

describe('what would cost too much is refused', () => {
  it('parents of parents cost no more with each level', async () => {
    const begun = Date.now();
    await dataOf(url, `{ files(first: 1) { nodes { ${nested('parents', 13)} } } }`);
    expect(Date.now() - begun).toBeLessThan(2000);
  });

  it('the same with two aliases a level', async () => {
    const twice = (depth: number): string => (depth === 0 ? 'name' : `a: parents { ${twice(depth - 1)} } b: parents { ${twice(depth - 1)} }`);
    await refused(`{ files(first: 1) { nodes { ${twice(7)} } } }`, 'COST_LIMIT');
  });

  it.each([['at the root', (fields: string) => `{ ${fields} }`], ['below', (fields: string) => `{ files(first: 1) { nodes { ${fields} } } }`]])('1700 aliases %s', async (_title, around) => {
    await refused(around(Array.from({ length: 1700 }, (_, index) => `a${index}: __typename`).join(' ')), 'COST_LIMIT', undefined, 400);
  });

  it('a fragment bomb', async () => {
    const bomb = Array.from({ length: 12 }, (_, i) => `fragment f${i} on Dataset { x${i}: rules { id } a: parents { ...g${i} } b: parents { ...g${i} } } fragment g${i} on Did { id ... on Dataset { ...f${i + 1} } ... on Container { c: parents { id } d: parents { id } } }`).join(' ');
    const { errors } = await ask(url, `${bomb} fragment f12 on Dataset { name } { datasets(first: 1) { nodes { ...f0 } } }`);
    expect(errors ?? []).toEqual(errors ? [expect.objectContaining({ extensions: expect.objectContaining({ code: expect.stringMatching(/COST_LIMIT|GRAPHQL_VALIDATION_FAILED/) as string }) as object })] : []);
  });

  it('more values than a statement can hold', async () => {
    await refused('query ($w: FileFilter) { files(where: $w) { totalCount } }', 'COST_LIMIT', { w: { or: Array.from({ length: 15_000 }, () => ({ bytes: { gt: 1, gte: 1, lt: 2, lte: 2, ne: 5 } })) } });
  });

  it('values deep within each other', async () => {
    const deep = (depth: number) => `${'{"not":'.repeat(depth)}{}${'}'.repeat(depth)}`;
    for (const depth of [1000, 20_000, 100_000]) {
      const response = await fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: `{"query":"query ($w: FileFilter) { files(where: $w) { totalCount } }","variables":{"w":${deep(depth)}}}` });
      expect(response.status).toBe(400);
    }
    expect((await ask(url, '{ mirror { state } }')).status).toBe(200);
  });
});

describe('what the request has wrong is no fault of dipper', () => {
  it.each<[string, string, object | undefined]>([
    ['a null where none can be', 'query ($c: Consistency = MIRROR, $l: LFN = "/ctao/a/b") { file(lfn: $l, consistency: $c) { lfn } }', { c: null }],
    ['a null in a list', 'query ($x: BigInt = 5) { files(where: { bytes: { in: [$x] } }) { totalCount } }', { x: null }],
    ['a subscription', 'subscription { __typename }', undefined],
  ])('%s', async (_title, query, variables) => { await refused(query, 'BAD_USER_INPUT', variables); });

  it('a key that no metadata can have', async () => {
    const { file, other } = await dataOf<{ file: { metadata: object }; other: { name: string } }>(url, 'query ($lfn: LFN!, $keys: [String!]) { file(lfn: $lfn) { metadata(keys: $keys) } other: file(lfn: $lfn) { name } }', { lfn, keys: ['\0', '\ud800'] });
    expect([file.metadata, other.name]).toEqual([{}, lfn]);
  });

  it('an alias __typename for something else', async () => {
    const query = `files(first: 1) { nodes { __typename: lfn parents { __typename: name } } } node(id: "File:${truth()[0]!.scope}:${lfn}") { __typename: id }`;
    const [text, objects] = [await dataOf(url, `{ ${query} }`), await dataOf<Record<string, unknown>>(url, `{ ${query} __schema { queryType { name } } }`)];
    expect({ ...objects, __schema: undefined }).toEqual({ ...(text as object), __schema: undefined });
  });

  it('case 18: cursors that were made up', async () => {
    const order = '[{ field: OBS_ID }, { field: START_TIME }]';
    const { files } = await dataOf<{ files: { pageInfo: { endCursor: string } } }>(url, `{ files(orderBy: ${order}, first: 1) { pageInfo { endCursor } } }`);
    const end = files.pageInfo.endCursor;
    const [list, , , ...names] = partsOf(end);
    for (const made of [cursor(end, list, '9999999999999999999', null, ...names), cursor(end, list, '1', '2026-99-99 99:99:99+00', ...names), cursor(end, list, '1', null, null, null), cursor(end, 'x', '1', null, ...names)]) {
      await refused(`{ files(orderBy: ${order}, after: "${made}") { nodes { lfn } } }`, 'BAD_CURSOR');
    }
  });

  it("another dataset's cursor", async () => {
    const { datasets } = await dataOf<{ datasets: { nodes: { id: string; files: { pageInfo: { endCursor: string | null } } }[] } }>(url, '{ datasets(first: 50) { nodes { id files(first: 1) { pageInfo { endCursor } } } } }');
    const [one, other] = datasets.nodes.filter(({ files }) => files.pageInfo.endCursor !== null);
    const page = (id: string) => `{ node(id: "${id}") { ... on Dataset { files(after: "${one!.files.pageInfo.endCursor!}") { nodes { lfn } } } } }`;
    await dataOf(url, page(one!.id));
    await refused(page(other!.id), 'BAD_CURSOR');
  });
});

describe('waits end', () => {
  let silent: Server;
  let app: App;
  let own: string;
  const sockets = new Set<{ destroy(): void }>();

  beforeAll(async () => {
    silent = createServer((socket) => { sockets.add(socket); }).listen(0, '127.0.0.1');
    await new Promise((resolve) => { silent.once('listening', resolve); });
    const { port } = silent.address() as { port: number };
    const config = readConfig('serve', { ...stack.env, DIPPER_PORT: '0', DIPPER_POOL_SIZE: '1', DIPPER_TIMEOUT_SECONDS: '2', RUCIO_URL: `http://127.0.0.1:${port}` });
    app = await createApp({ ...config, logLevel: 'silent' });
    own = await app.start();
  });
  afterAll(async () => {
    await app.stop();
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  it('where Rucio never answers', async () => {
    const { errors, text } = await ask(own, `{ file(lfn: "${lfn}", consistency: LIVE) { lfn } }`);
    expect(errors?.[0]?.extensions.code, text).toBe('TIMEOUT');
  });
});
