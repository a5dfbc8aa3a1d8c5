import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createApp, type App } from '../../src/app.js';
import { createMirrorPool, type MirrorPool } from '../../src/datasources/mirror/pool.js';
import { configOn, dipperOn, fileRows, scratchArchive, type ScratchArchive } from '../support/scratch-archive.js';
import { testStack } from '../support/stack.js';
import { truth } from '../support/truth.js';

const stack = testStack();
let archive: ScratchArchive;
/** Another dipper on the same mirror, whose answers may take 1 s; `row` is what happens at each statement. */
let quick: string;
let row: (ask: () => ReturnType<MirrorPool['row']>, text: string) => ReturnType<MirrorPool['row']>;
const apps: App[] = [];

beforeAll(async () => {
  archive = await scratchArchive(stack);
  quick = await through(configOn(stack, archive.mirrorUrl, { DIPPER_TIMEOUT_SECONDS: '1' }));
});
afterAll(async () => {
  for (const app of apps) await app.stop();
  await archive.close();
});
beforeEach(async () => {
  row = (ask) => ask();
  await mirrorAt('0/100');
});

async function through(config: ReturnType<typeof configOn>): Promise<string> {
  const pool = createMirrorPool({ url: config.mirrorUrl, size: config.poolSize, timeoutSeconds: config.limits.timeoutSeconds, onError: () => undefined });
  const app = await createApp(config, { pool: { ...pool, row: (statement, signal) => row(() => pool.row(statement, signal), statement.text) } });
  apps.push(app);
  return app.start();
}

async function mirrorAt(position: string | null, identity = 'one', kind = 'REPLICATION'): Promise<void> {
  await archive.mirror.query('begin');
  await archive.mirror.query('delete from mirror.source');
  await archive.mirror.query(`insert into mirror.source (kind, state, identity, position, as_of, checked_at) values ($1, 'STREAMING', $2, $3, now(), now())`, [kind, identity, position]);
  await archive.mirror.query('commit');
}

interface Answer { status: number; position: string | null; code: string | undefined; text: string }
interface Question { query: string; atLeast?: string; get?: boolean; signal?: AbortSignal; variables?: object }
async function ask(url: string, { query, atLeast, get, signal = AbortSignal.timeout(60_000), variables }: Question): Promise<Answer> {
  const headers = { 'content-type': 'application/json', 'apollo-require-preflight': '1', ...(atLeast !== undefined && { 'dipper-at-least': atLeast }) };
  const response = await (get ? fetch(`${url}/graphql?${new URLSearchParams({ query })}`, { headers, signal })
    : fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query, variables }), signal }));
  const text = await response.text();
  return { status: response.status, position: response.headers.get('dipper-position'), code: (JSON.parse(text) as { errors?: { extensions: { code: string } }[] }).errors?.[0]?.extensions.code, text };
}

const files = '{ files { nodes { name } } }';

describe('dipper-position', () => {
  it.each([
    ['by text', files], ['by objects', '{ files { nodes { name } } __schema { queryType { name } } }'],
    ['where nothing is read', '{ limits { pageSize } __typename }'], ['where all fields fail', '{ file(lfn: "no lfn") { name } }'],
  ])('is where the mirror was: %s', async (_title, query) => {
    expect((await ask(archive.url, { query })).position).toBe('0/100');
    await mirrorAt('1/F00');
    expect((await ask(archive.url, { query, get: true })).position).toBe('1/F00');
  });

  it.each([['before the first snapshot', null, 'REPLICATION'], ['with the REST source', '0/100', 'REST']])('is absent %s', async (_title, position, kind) => {
    await mirrorAt(position, 'one', kind);
    for (const query of [files, '{ __typename }']) expect(await ask(archive.url, { query })).toMatchObject({ status: 200, position: null });
  });

  it('is absent where nothing has run', async () => {
    for (const query of ['{', '{ nothing }']) expect(await ask(archive.url, { query })).toMatchObject({ status: 200, code: expect.any(String), position: null });
  });

  it('is of the same moment as the answer', async () => {
    row = async (asked) => {
      const found = await asked();
      await mirrorAt('0/200');
      return found;
    };
    const { text, position } = await ask(quick, { query: '{ mirror { position } files { completeness { position } } }' });
    expect([position, JSON.parse(text)]).toMatchObject(['0/100', { data: { mirror: { position: '0/100' }, files: { completeness: { position: '0/100' } } } }]);
  });

  it('is the earliest where several statements have run', async () => {
    const url = await through(configOn(stack, stack.env['DATABASE_URL']!));
    const { name } = truth().find(({ replicas }) => Object.keys(replicas).length > 0)!;
    const positions = ['0/500', '0/300', '0/400'];
    let statements = 0;
    row = async (asked) => {
      const found = await asked();
      if (found.at(-1)!.startsWith('{')) return found; // what the live cache looks up tells nobody where the mirror is
      return [...found.slice(0, -1), `${found.at(-1)!.split(' ')[0]!} ${positions[statements++]!}`];
    };
    const query = `{ rses { name } file(lfn: "${name}", consistency: LIVE) { replicas { rse { name } } } }`;
    const answer = await ask(url, { query });
    expect([answer.code, statements]).toEqual([undefined, 2]);
    expect(answer.position).toBe('0/300');
  });

  it('says nothing of LIVE answers, whose completeness has none', async () => {
    const { text } = await ask(archive.url, { query: '{ filesByLfn(lfns: [], consistency: LIVE) { completeness { position complete } } }' });
    expect(JSON.parse(text)).toMatchObject({ data: { filesByLfn: { completeness: { position: null, complete: true } } } });
  });
});

describe('dipper-at-least', () => {
  it('lets each kind of operation wait, and shows what has come', async () => {
    const name = `/ctao/acada/w${Date.now()}`;
    const one = `{ file(lfn: "${name}") { name } }`;
    const questions: Question[] = [
      { query: one }, { query: one, get: true }, { query: `${one.slice(0, -1)} __schema { queryType { name } } }` }, { query: '{ mirror { position } }' }, { query: '{ __typename }' },
      { query: '{ filesByLfn(lfns: [], consistency: LIVE) { missing } }' },
    ];
    let answered = 0;
    const answers = questions.map(async (question) => {
      const answer = await ask(archive.url, { ...question, atLeast: '0/200' });
      answered += 1;
      return answer;
    });
    await sleep(300);
    expect(answered).toBe(0);
    await mirrorAt('0/1FF');
    await sleep(200);
    expect(answered).toBe(0);
    await archive.write(...fileRows({ scope: 'acada', name }));
    await mirrorAt('0/200');
    const told = await Promise.all(answers);
    expect(told.map(({ status, position, code }) => [status, position, code])).toEqual(questions.map(() => [200, '0/200', undefined]));
    for (const { text } of told.slice(0, 3)) expect(text).toContain(name);
  });

  it('does not wait where the mirror is there already, in either case of letters', async () => {
    await mirrorAt('A/BC');
    for (const atLeast of ['A/BC', 'a/bb', '0/FFFFFFFF', '0/0']) expect((await ask(quick, { query: files, atLeast })).status).toBe(200);
    expect((await ask(quick, { query: files, atLeast: 'A/BD' })).status).toBe(504);
  });

  it('waits for the first snapshot', async () => {
    await mirrorAt(null);
    const waiting = ask(archive.url, { query: files, atLeast: '0/50' });
    await sleep(200);
    await mirrorAt('0/60', 'two');
    expect(await waiting).toMatchObject({ status: 200, position: '0/60' });
  });

  it('ends in TIMEOUT when the time is up', async () => {
    const begun = Date.now();
    expect(await ask(quick, { query: files, atLeast: '0/101' })).toMatchObject({ status: 504, code: 'TIMEOUT', position: null });
    expect(Date.now() - begun).toBeGreaterThanOrEqual(900);
  });

  it.each(['', 'zero', '0', '0/G', '0/123456789', '0/1, 0/2', '-1/0', '0x1/2', '0/1;', 'FFFFFFFFF/0'])('refuses %j', async (atLeast) => {
    expect(await ask(archive.url, { query: files, atLeast })).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
  });

  it('is refused with the REST source, which has no positions', async () => {
    await mirrorAt(null, 'one', 'REST');
    const { status, code, text } = await ask(archive.url, { query: files, atLeast: '0/1' });
    expect([status, code]).toEqual([400, 'BAD_USER_INPUT']);
    expect(text).toContain('REST interface, where there are no positions');
  });

  it('is UNAVAILABLE while the mirror is down', async () => {
    const app = await dipperOn(stack, 'postgresql://u:p@127.0.0.1:1/none');
    apps.push(app);
    const url = await app.start();
    for (const query of [files, '{ __typename }']) expect(await ask(url, { query, atLeast: '0/1' })).toMatchObject({ status: 503, code: 'UNAVAILABLE', position: null });
  });

  it('ends where the mirror begins with another database, or an earlier state of the same', async () => {
    for (const [position, identity] of [['0/110', 'two'], ['0/90', 'one']] as const) {
      await mirrorAt('0/100');
      const waiting = ask(archive.url, { query: files, atLeast: '0/200' });
      await sleep(200);
      await mirrorAt(position, identity);
      expect(await waiting).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
    }
  });

  it('gives no answer that is older, should the mirror begin anew between the wait and the read', async () => {
    let looked = false;
    row = async (asked, text) => {
      const found = await asked();
      if (!looked && text.includes('identity')) {
        looked = true;
        await mirrorAt('0/50', 'two');
      }
      return found;
    };
    expect(await ask(quick, { query: files, atLeast: '0/100' })).toMatchObject({ code: 'BAD_USER_INPUT', text: expect.stringContaining('another database') as string });
    expect(looked).toBe(true);
  });

  it('costs one look for all who wait, none where nobody does, and no connection', async () => {
    let looks = 0;
    row = (asked, text) => {
      if (text.includes('identity')) looks += 1;
      return asked();
    };
    const url = await through(configOn(stack, archive.mirrorUrl, { DIPPER_POOL_SIZE: '2' }));
    const leave = new AbortController();
    const waiting = Array.from({ length: 40 }, () => ask(url, { query: files, atLeast: '0/200', signal: leave.signal }).then(({ status }) => status, () => 'left'));
    await sleep(500);
    const seen = looks;
    expect(seen).toBeGreaterThan(1);
    expect(seen).toBeLessThan(40);
    expect((await ask(url, { query: files })).status).toBe(200); // on one of the two connections
    leave.abort();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['left']));
    await sleep(200); // until the server has heard of it
    const after = looks;
    await sleep(300);
    expect(looks).toBe(after);
  });

  it('lets nobody wait for the end of a dipper that is being stopped', async () => {
    const app = await dipperOn(stack, archive.mirrorUrl);
    const url = await app.start();
    const waiting = ask(url, { query: files, atLeast: '0/200' });
    await sleep(200);
    const begun = Date.now();
    await app.stop();
    expect(await waiting).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
    expect(Date.now() - begun).toBeLessThan(10_000);
  });
});
