import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SIGNATURE } from '../../src/domain/cursor.js';
import type { App } from '../../src/app.js';
import { runSync } from '../../src/daemons/sync.js';
import { replicationSource } from '../../src/services/sync/replication-source.js';
import { migrate } from '../../src/datasources/mirror/migrate.js';
import { ask, dataOf } from '../support/ask.js';
import { registry } from '../support/registry.js';
import { dipperOn } from '../support/scratch-archive.js';
import { scratchDatabase, type ScratchDatabase } from '../support/scratch-database.js';
import { testStack } from '../support/stack.js';
import { truth } from '../support/truth.js';

const stack = testStack();
const rucioDatabaseUrl = stack.env['RUCIO_DATABASE_URL']!;
const own = `dipper_rebuild_${process.pid.toString(36)}`;
/** Other tests write to Rucio in scopes of their own. */
const seeded = { scope: { in: [...new Set(truth().map(({ scope }) => scope))] } };

let scratch: ScratchDatabase;
let mirror: pg.Client;
let app: App | undefined;
let url: string;

async function inRucio(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: rucioDatabaseUrl });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}
const dropSlot = () => inRucio(`select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = '${own}'`);

/** A mirror from nothing, whose ids begin somewhere else than those of others. */
async function build(firstId: number): Promise<void> {
  await migrate(scratch.url, registry);
  for (const table of ['file', 'collection', 'rse']) await mirror.query(`alter table mirror.${table} alter column id restart with ${firstId}`);
  await runSync({ mirrorUrl: scratch.url, source: replicationSource({ rucioDatabaseUrl, slot: own, publication: 'dipper' }), fields: registry, log: { info() {}, warn() {}, error() {} }, signal: AbortSignal.timeout(60_000), once: true });
  app = await dipperOn(stack, scratch.url);
  url = await app.start();
}

async function tearDown(): Promise<void> {
  await app?.stop();
  await dropSlot();
  await mirror.query('drop schema mirror, dipper, crawl cascade');
}

const ids = async () => new Map((await mirror.query<{ key: string; id: string }>(`select 'file ' || scope || ':' || name as key, id from mirror.file union all select 'collection ' || scope || ':' || name, id from mirror.collection`)).rows.map(({ key, id }) => [key, id]));

interface Connection { edges: { cursor: string; node: object }[]; pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string } }
const page = '{ edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }';
const parts: [string, string, (data: never) => Connection, object][] = [
  ['files in the order of their own', `query ($where: FileFilter, $first: Int, $after: String, $last: Int, $before: String) { files(where: $where, first: $first, after: $after, last: $last, before: $before) ${page} }`, ({ files }: { files: Connection }) => files, { where: seeded }],
  ['files by columns with missing values', `query ($where: FileFilter, $first: Int, $after: String, $last: Int, $before: String) { files(where: $where, orderBy: [{ field: START_TIME, direction: DESC }, { field: OBS_ID }], first: $first, after: $after, last: $last, before: $before) ${page} }`, ({ files }: { files: Connection }) => files, { where: seeded }],
  ['files by the time they were made', `query ($where: FileFilter, $first: Int, $after: String, $last: Int, $before: String) { files(where: $where, orderBy: [{ field: CREATED_AT }], first: $first, after: $after, last: $last, before: $before) ${page} }`, ({ files }: { files: Connection }) => files, { where: { and: [seeded, { bytes: { gt: 100 } }] } }],
  ['files of a dataset', `query ($id: ID!, $first: Int, $after: String) { node(id: $id) { ... on Dataset { files(first: $first, after: $after) ${page} } } }`, ({ node }: { node: { files: Connection } }) => node.files, { id: 'Dataset' }],
  ['children of a container', `query ($id: ID!, $first: Int, $after: String) { node(id: $id) { ... on Container { children(first: $first, after: $after) ${page} } } }`, ({ node }: { node: { children: Connection } }) => node.children, { id: 'Container' }],
  ['datasets', `query ($where: DidFilter, $first: Int, $after: String) { datasets(where: $where, first: $first, after: $after) ${page} }`, ({ datasets }: { datasets: Connection }) => datasets, { where: seeded }],
  ['rules', `query ($where: RuleFilter, $first: Int, $after: String) { rules(where: $where, first: $first, after: $after) ${page} }`, ({ rules }: { rules: Connection }) => rules, { where: seeded }],
];

/** The Dataset, or Container, that holds most: one with several pages. */
async function largest(type: string): Promise<string> {
  const content = type === 'Dataset' ? 'content_file' : 'content_collection';
  const { rows } = await mirror.query<{ id: string }>(`select '${type}:' || c.scope || ':' || c.name as id from mirror.${content} t join mirror.collection c on c.id = t.collection_id group by 1 order by count(*) desc, 1 limit 1`);
  return rows[0]!.id;
}

beforeAll(async () => {
  scratch = await scratchDatabase(stack.env['DATABASE_URL']!);
  mirror = new pg.Client({ connectionString: scratch.url });
  await mirror.connect();
  await build(1);
}, 120_000);
afterAll(async () => {
  await tearDown();
  await mirror.end();
  await scratch.drop();
});

describe('a cursor outlives a rebuild of the mirror', () => {
  it('in every list, in both directions, though all ids are others', async () => {
    const asked = new Map<string, { variables: object; answer: Connection }[]>();
    const before = await ids();
    for (const [title, query, connection, given] of parts) {
      const variables = 'id' in given ? { id: await largest(String(given.id)) } : given;
      const read = async (more: object) => ({ variables: { ...variables, ...more }, answer: connection((await dataOf<never>(url, query, { ...variables, ...more }))) });
      const first = await read({ first: 2 });
      expect(first.answer.pageInfo.hasNextPage, `${title} has more than a page`).toBe(true);
      const then = [await read({ first: 3, after: first.answer.pageInfo.endCursor }), await read({ first: 100, after: first.answer.edges[0]!.cursor })];
      if (query.includes('$before')) {
        const last = await read({ last: 2 });
        then.push(await read({ last: 50, before: last.answer.pageInfo.startCursor }), await read({ first: 30, after: first.answer.pageInfo.endCursor, before: last.answer.pageInfo.startCursor }));
      }
      asked.set(title, then);
    }

    await tearDown();
    await build(1_000_000);
    const after = await ids();
    expect([...after.keys()].filter((key) => before.has(key)).length).toBeGreaterThan(300);
    for (const [key, id] of after) expect(before.get(key), key).not.toBe(id);

    for (const [title, query, connection] of parts) {
      for (const { variables, answer } of asked.get(title)!) {
        expect(answer.edges.length, title).toBeGreaterThan(0);
        expect(connection(await dataOf<never>(url, query, variables)), title).toEqual(answer);
      }
    }
  }, 180_000);
});

describe('a cursor of something else', () => {
  it('is refused: another filter, order, direction of the order, list or type', async () => {
    const cursorOf = async (query: string, connection: (data: never) => Connection) => connection(await dataOf<never>(url, query)).pageInfo.endCursor;
    const files = ({ files: found }: { files: Connection }) => found;
    const [one, other] = (await mirror.query<{ id: string }>(`select distinct 'Dataset:' || c.scope || ':' || c.name as id from mirror.content_file t join mirror.collection c on c.id = t.collection_id order by 1 limit 2`)).rows.map(({ id }) => id);
    const lists: [string, (args: string) => string, (data: never) => Connection][] = [
      ['all files', (args) => `{ files(${args}) ${page} }`, files],
      ['a filter', (args) => `{ files(where: { bytes: { gt: 1 } }, ${args}) ${page} }`, files],
      ['another value', (args) => `{ files(where: { bytes: { gt: 0 } }, ${args}) ${page} }`, files],
      ['another operator', (args) => `{ files(where: { bytes: { gte: 1 } }, ${args}) ${page} }`, files],
      ['an order', (args) => `{ files(orderBy: [{ field: BYTES }], ${args}) ${page} }`, files],
      ['its reverse', (args) => `{ files(orderBy: [{ field: BYTES, direction: DESC }], ${args}) ${page} }`, files],
      ['another order of the same type', (args) => `{ files(orderBy: [{ field: OBS_ID }], ${args}) ${page} }`, files],
      ['a dataset', (args) => `{ node(id: "${one!}") { ... on Dataset { files(${args}) ${page} } } }`, ({ node }: { node: { files: Connection } }) => node.files],
      ['another dataset', (args) => `{ node(id: "${other!}") { ... on Dataset { files(${args}) ${page} } } }`, ({ node }: { node: { files: Connection } }) => node.files],
      ['datasets', (args) => `{ datasets(${args}) ${page} }`, ({ datasets }: { datasets: Connection }) => datasets],
      ['containers', (args) => `{ containers(${args}) ${page} }`, ({ containers }: { containers: Connection }) => containers],
      ['rules', (args) => `{ rules(${args}) ${page} }`, ({ rules }: { rules: Connection }) => rules],
    ];
    for (const [from, list, connection] of lists) {
      const cursor = await cursorOf(list('first: 1'), connection);
      await dataOf(url, list(`first: 1, after: "${cursor}"`));
      for (const [to, target] of lists) {
        if (to === from) continue;
        await expect(dataOf(url, target(`first: 1, after: "${cursor}"`)), `${from} in ${to}`).rejects.toThrow('BAD_CURSOR');
      }
    }
  });
});

describe('a cursor that was changed', () => {
  const orderBy = [{ field: 'OBS_ID' }, { field: 'START_TIME', direction: 'DESC' }];
  const query = `query ($orderBy: [FileOrder!], $after: String, $before: String) { files(orderBy: $orderBy, first: 3, after: $after, before: $before) ${page} }`;
  const codeOf = async (cursor: string) => {
    const [after, before] = await Promise.all([{ after: cursor }, { before: cursor }].map((bound) => ask(url, query, { orderBy, ...bound })));
    expect([after!.status, before!.status].every((status) => status < 500), after!.text).toBe(true);
    expect(after!.errors?.[0]?.extensions.code).toBe(before!.errors?.[0]?.extensions.code);
    return after!.errors?.[0]?.extensions.code ?? 'a page';
  };
  let cursor: string;
  beforeAll(async () => { cursor = (await dataOf<{ files: Connection }>(url, query, { orderBy })).files.pageInfo.endCursor; });

  it('by hand is refused', async () => {
    // The signature of what it was does not fit what was made of it.
    const bytes = Buffer.from(cursor, 'base64url');
    const base64 = (value: unknown) => Buffer.concat([Buffer.from(JSON.stringify(value)), bytes.subarray(-SIGNATURE)]).toString('base64url');
    const parts = JSON.parse(bytes.subarray(0, -SIGNATURE).toString()) as (string | null)[];
    const made = ['', '-1', '0', 'null', '\u0000', cursor.slice(1), `${cursor}=`, `${cursor}A`, ` ${cursor}`, cursor.toLowerCase(), cursor.repeat(2), 'A'.repeat(1_000_000), `${cursor}${'A'.repeat(900_000)}`,
      base64([]), base64({}), base64(null), base64(-1), base64(parts.slice(0, -1)), base64([...parts, 'x']), base64(['x', ...parts.slice(1)]), base64(parts.map(() => null)), base64(parts.map(Number)), base64([parts])];
    for (const [at, wrong] of [[0, 'list'], [1, 'x'], [1, '1e5'], [1, '9223372036854775808'], [1, ''], [2, 'now'], [2, 'infinity'], [2, '2026-02-30 00:00:00+00'], [2, '99999-01-01 00:00:00+00'], [3, null], [3, 'a\0'], [4, '\ud800'], [4, null]] as const) made.push(base64(parts.with(at, wrong)));
    for (const one of made) expect(await codeOf(one), one.slice(0, 200)).toBe('BAD_CURSOR');
  });

  it('by a cut or a letter is refused', async () => {
    for (let at = 0; at < cursor.length; at += 1) {
      // The last letter may hold no bit of the text.
      if (at < cursor.length - 1) expect(await codeOf(cursor.slice(0, at)), `cut at ${at}`).toBe('BAD_CURSOR');
      const other = cursor[at] === 'A' ? 'B' : 'A';
      expect(await codeOf(`${cursor.slice(0, at)}${other}${cursor.slice(at + 1)}`), `letter ${at}`).toMatch(at < cursor.length - 1 ? /^BAD_CURSOR$/ : /^(BAD_CURSOR|a page)$/);
    }
  });
});
