import { execFile } from 'node:child_process';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.js';
import { readConfig } from '../../src/config.js';
import { migrate } from '../../src/datasources/mirror/migrate.js';
import { createMirrorPool } from '../../src/datasources/mirror/pool.js';
import { createExplainer, type Explainer } from '../../src/explainer.js';
import { ask } from '../support/ask.js';
import { scratchDatabase, type ScratchDatabase } from '../support/scratch-database.js';
import { testStack } from '../support/stack.js';

const FILES = 60_000;
const stack = testStack();
const config = readConfig('serve', { ...stack.env, DIPPER_PORT: '0', DIPPER_LOG_LEVEL: 'silent' });

let database: ScratchDatabase;
let explainer: Explainer;

beforeAll(async () => {
  database = await scratchDatabase(config.mirrorUrl);
  await migrate(database.url, config.fields);
  const client = new pg.Client({ connectionString: database.url, statement_timeout: 60_000 });
  await client.connect();
  // Enough for Postgres to want indexes; a hundred files an observation, four fifths of them events.
  await client.query(`insert into mirror.file (scope, name, bytes, account, created_at, updated_at, obs_id, data_type, start_time, site_id, metadata)
    select 'scope' || i % 3, '/ctao/file' || i, hashint4(i), 'root', now(), now(), 200000000 + i / 100, case when i % 5 = 0 then 'log' else 'event' end,
      timestamptz '2026-01-01 00:00Z' + i * interval '1 minute', 'CTAO-North', jsonb_build_object('target', i % 7) from generate_series(1, ${FILES}) i`);
  await client.query('vacuum analyze mirror.file');
  await client.end();
  explainer = await createExplainer({ ...config, mirrorUrl: database.url }, AbortSignal.timeout(120_000));
});
afterAll(async () => {
  await explainer.close();
  await database.drop();
});

const explain = (filter: string, ...orderBy: string[]) => explainer.explain({ filter, orderBy, first: 100 });
const about = (files: number) => (number: number) => number > files * 0.7 && number < files * 1.4;

describe('explain', () => {
  it('knows a condition that an index serves', async () => {
    const { filter, cost, accesses, files, lookedAt, conditions, warnings } = await explain('obsId: {eq: "200000016"}');
    expect(filter).toBe('{ obsId: { eq: 200000016 } }');
    expect([cost, warnings]).toEqual(['bounded', []]);
    expect(accesses).toEqual([expect.objectContaining({ indexes: [expect.stringContaining('obs_id')], found: [expect.stringContaining('200000016')] })]);
    expect(conditions).toEqual([{ condition: 'obsId: { eq: 200000016 }', files: files.matching, indexed: true }]);
    expect([files.all, files.matching, lookedAt.most].map((number, index) => about([FILES, 100, 100][index]!)(number))).toEqual([true, true, true]);
  });

  it('warns of a condition without index', async () => {
    const { cost, accesses, lookedAt, files, warnings } = await explain('{ bytes: { gt: 0 }, name: { contains: "7" } }');
    expect(cost).toBe('unbounded');
    expect(lookedAt.most).toBeGreaterThanOrEqual(files.all);
    expect(accesses[0]!.found).toEqual([]);
    expect(warnings).toEqual(['name: { contains: "7" }', 'bytes: { gt: 0 }'].map((condition) =>
      `No index serves ${condition}: every file is looked at until the page is full; allowed only within the statement timeout of ${config.limits.timeoutSeconds} s.`));
  });

  it('takes a condition without index as checked where another one has an index', async () => {
    const { cost, lookedAt, warnings } = await explain('obsId: { in: [200000016, 200000017] }, siteId: { contains: "North" }');
    expect(cost).toBe('bounded');
    expect(about(200)(lookedAt.most)).toBe(true);
    expect(warnings).toEqual([expect.stringMatching(/^No index serves siteId: \{ contains: "North" \}: it is checked on the files that an index finds for the rest, about \d+ in all\.$/)]);
  });

  it.each([[], ['START_TIME'], ['START_TIME desc']])('knows an order that an index serves: %s', async (...orderBy: string[]) => {
    const { cost, orderIndexed, lookedAt, accesses, warnings } = await explain('', ...orderBy);
    expect([cost, orderIndexed, lookedAt.page < 300, warnings]).toEqual(['bounded', true, true, []]);
    expect(accesses[0]).toMatchObject({ indexes: [orderBy.length ? expect.stringContaining('start_time') : 'file_name'], backwards: orderBy[0] === 'START_TIME desc', checked: null });
  });

  it('warns of an order without index', async () => {
    const { cost, orderIndexed, accesses, lookedAt, warnings } = await explain('', 'BYTES desc');
    expect([cost, orderIndexed, accesses.map(({ sorted }) => sorted), lookedAt.page > FILES * 0.7]).toEqual(['unbounded', false, ['all'], true]);
    expect(warnings).toEqual([expect.stringMatching(/^No index serves the order BYTES desc: all files that fit, about [\d,]+, are found and sorted for each page; allowed only/)]);
  });

  it('says what an index for the order alone costs', async () => {
    const { cost, accesses, lookedAt, files } = await explain('dataType: { eq: "log" }, bytes: { isNull: false }', 'START_TIME');
    expect(cost).toBe('unbounded');
    expect(accesses[0]).toMatchObject({ checked: expect.stringContaining("data_type = 'log'") });
    // A fifth of the files fit: about five are looked at for each one.
    expect([about(FILES / 5)(files.matching), about(505)(lookedAt.page), lookedAt.most >= files.all]).toEqual([true, true, true]);
  });

  it.each([
    'telIds: { containsAll: [1, 2] }', 'time: { overlaps: { from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z" } }', 'metadata: [{ key: "target", eq: 3 }]',
    'name: { startsWith: "/ctao/file77" }', 'within: "/ctao/acada/set"', 'or: [{ obsId: { eq: 200000016 } }, { not: { scope: { eq: "scope1" } } }]', 'or: []',
    'replica: { state: [BAD] }', 'and: [{ dataType: { ne: "log" } }, { startTime: { gte: "2026-01-02T00:00:00Z" } }]', '',
  ])('reads well: %s', async (filter) => {
    const explanation = await explain(filter, 'START_TIME desc', 'NAME');
    const text = explainer.text(explanation);
    expect(explanation.filter).toBe(filter === '' ? '{}' : `{ ${filter} }`);
    expect(text).toContain(`filter       ${explanation.filter}\norder        START_TIME desc, NAME`);
    for (const line of [`cost         ${explanation.cost}: ${explanation.reason}`, ...explanation.warnings]) expect(text).toContain(line);
    // Breaks and blanks aside, the statement stands there as it is sent.
    const bare = (sql: string) => sql.replace(/\/\*.*?\*\/|\s+/g, '');
    expect(bare(text.slice(text.indexOf('\nSQL\n') + 5, text.indexOf('\nvalues\n')))).toBe(bare(explanation.sql));
  });

  it("explains the server's own statement", async () => {
    const pool = createMirrorPool({ url: config.mirrorUrl, size: 2, timeoutSeconds: 20, onError: () => undefined });
    const sent: { text: string; values: readonly unknown[] }[] = [];
    const app = await createApp(config, { pool: { ...pool, row(statement, signal) {
      sent.push(statement);
      return pool.row(statement, signal);
    } } });
    const where = '{ obsId: { gte: 200000001 }, dataType: { in: ["event", "log"] } }';
    await ask(await app.start(), `{ files(where: ${where}, orderBy: [{ field: START_TIME, direction: DESC }]) { nodes { lfn } pageInfo { hasNextPage endCursor } } }`).finally(() => app.stop());
    const { sql, values } = await explain(where, 'START_TIME desc');
    // Cursors are signed with a secret that the command does not know.
    const withoutKeys = (list: readonly unknown[]) => list.map((value) => (/^\\x[0-9a-f]{128}$/.test(String(value)) ? 'key' : value));
    expect([{ text: sql, values: withoutKeys(values) }]).toEqual(sent.map(({ text, values: bound }) => ({ text, values: withoutKeys(bound) })));
  });

  it.each<[string, string[], string]>([
    ['{ dataTyp: { eq: "x" } }', [], 'Field "dataTyp" is not defined by type "FileFilter". Did you mean "dataType"?'],
    ['obsId: { eq: null }', [], 'where.obsId.eq is null. Leave it out, or use isNull.'],
    ['replica: { rse: "NOWHERE" }', [], 'The RSE expression "NOWHERE" fits no RSE.'],
    ['{ obsId: ', [], 'The filter cannot be read: Syntax Error: Expected "}", found <EOF>.'],
    ['', ['COLOUR'], 'Value "COLOUR" does not exist in "FileOrderField" enum.'],
    ['', ['NAME }] x('], '"NAME }] x(" is not an order. It is written as START_TIME, or START_TIME desc.'],
  ])('refuses as the server does: %s %s', async (filter, orderBy, message) => {
    await expect(explain(filter, ...orderBy)).rejects.toMatchObject({ message: expect.stringContaining(message.slice(0, 40)) as string });
  });
});

describe('dipper explain', () => {
  const run = (...args: string[]) => new Promise<{ code: number; out: string; err: string }>((resolve) => {
    execFile(process.execPath, ['dist/src/main.js', 'explain', ...args], { env: { ...process.env, DATABASE_URL: database.url }, timeout: 60_000 },
      (error, out, err) => { resolve({ code: Number(error?.code ?? 0), out, err }); });
  });

  it('prints text, or the same as JSON', async () => {
    const [text, json] = [await run('obsId: { eq: 200000016 }', '--first', '7'), await run('{ obsId: { eq: 200000016 } }', '--first', '7', '--json')];
    expect([text.code, text.err, json.code, json.err]).toEqual([0, '', 0, '']);
    const explanation = JSON.parse(json.out) as Awaited<ReturnType<typeof explain>>;
    expect(explanation).toMatchObject({ filter: '{ obsId: { eq: 200000016 } }', first: 7, cost: 'bounded' });
    expect(text.out).toBe(explainer.text(explanation));
  });

  it('says what a filter costs for whom the policy lets see a part', async () => {
    const counts = await Promise.all([[], ['--seen', 'scope: { in: [] }'], ['--seen', '{ endTime: { lt: $now } }']].map(async (seen) => (JSON.parse((await run('', ...seen, '--json')).out) as Awaited<ReturnType<typeof explain>>)));
    expect(counts[1]!.files.all).toBeLessThan(counts[0]!.files.all);
    expect(counts.map(({ sql }) => sql.includes('as "seen"'))).toEqual([false, true, true]);
  });

  it('ends with one clear sentence where something is wrong', async () => {
    for (const args of [['dataTyp: { eq: "x" }'], ['', '--seen', 'within: "/ctao/acada/DL0"'], ['', '--first', 'x']]) {
      const { code, out, err } = await run(...args);
      expect([code, out]).toEqual([1, '']);
      expect(err).toMatch(/^dipper explain: [^\n]+\n(  - [^\n]+\n)?$/);
      expect(err).not.toContain('    at ');
    }
  });
});
