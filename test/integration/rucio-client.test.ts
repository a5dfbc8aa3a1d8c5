import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallReport } from '../../src/datasources/rucio/exchange.js';
import type { FileReplicas } from '../../src/datasources/rucio/replicas.js';
import { createRucio, type Rucio } from '../../src/datasources/rucio/rucio.js';
import type { LiveRse } from '../../src/datasources/rucio/rses.js';
import { profile } from '../support/registry.js';
import { pathOfPfn, pfns } from '../../src/domain/pfn.js';
import { testStack } from '../support/stack.js';

const { urls, env } = testStack();
const login = { account: env['RUCIO_ACCOUNT']!, username: env['RUCIO_USERNAME']!, password: env['RUCIO_PASSWORD']! };
const options = { url: urls.rucio, ...login, timeoutMs: 60_000 };
const unknown = { scope: 'acada', name: '/ctao/acada/no/such/file' };

let token: string;
const calls: CallReport[] = [];
const rucio: Rucio = createRucio({ ...options, onCall: (call) => calls.push(call) });
let files: { scope: string; name: string }[];

/** Rucio's answer to a plain request, without any part of dipper. */
async function plain<T>(path: string, body?: unknown): Promise<T[]> {
  const answer = await fetch(urls.rucio + path, {
    headers: { 'X-Rucio-Auth-Token': token, 'Content-Type': 'application/json' }, signal: AbortSignal.timeout(60_000),
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text.slice(0, 300)}`);
  return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as T);
}

async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const row of rows) list.push(row);
  return list;
}

/** Some, spread over the list. */
const sample = <T>(list: readonly T[], count: number): T[] => list.filter((_, at) => at % Math.ceil(list.length / count) === 0);

beforeAll(async () => {
  const answer = await fetch(`${urls.rucio}/auth/userpass`, { headers: { 'X-Rucio-Account': login.account, 'X-Rucio-Username': login.username, 'X-Rucio-Password': login.password } });
  token = answer.headers.get('X-Rucio-Auth-Token')!;
  files = [];
  for (const scope of (await plain<string[]>('/scopes/'))[0]!) {
    const names = await plain<string>(`/dids/${scope}/dids/search?${new URLSearchParams({ type: 'file', filters: '[{}]' })}`);
    files.push(...names.map((name) => ({ scope, name })));
  }
  files = files.slice(0, 500);
  expect(files.length).toBeGreaterThan(200);
}, 60_000);
afterAll(() => rucio.close());

describe('500 files with replicas', () => {
  let found: Awaited<ReturnType<Rucio['didMetadata']>>;
  let copies: FileReplicas[];

  beforeAll(async () => {
    await rucio.did(files[0]!);
    calls.length = 0;
    [found, copies] = await Promise.all([rucio.didMetadata([...files, unknown]), all(rucio.replicas([...files, unknown]))]);
  }, 60_000);

  it('take three or four requests, and leave out what is unknown', () => {
    expect(calls.length).toBeLessThanOrEqual(Math.ceil((files.length + 1) / 500) * 3);
    expect(found.size).toBe(files.length);
    expect(copies.map(({ name }) => name).sort()).toEqual(files.map(({ name }) => name).sort());
  });

  it('have the columns and custom keys that Rucio has, each apart', async () => {
    for (const { scope, name } of sample(files, 40)) {
      const [column, custom] = (await Promise.all(['DID_COLUMN', 'JSON'].map((plugin) => plain<Record<string, unknown>>(`/dids/${scope}/${name}/meta?plugin=${plugin}`)))).map(([only]) => only);
      const row = found.get(`${scope}:${name}`)!;
      expect(row).toMatchObject({ didType: 'FILE', account: column!['account'], bytes: String(column!['bytes']), adler32: column!['adler32'], md5: column!['md5'], isOpen: null });
      expect(Date.parse(row.createdAt)).toBe(Date.parse(String(column!['created_at'])));
      expect(row.metadata).toEqual(custom);
    }
    expect([...found.values()].some(({ metadata }) => Object.keys(metadata).length > 3)).toBe(true);
  });

  it('have the states that Rucio has', async () => {
    const rows = await plain<{ name: string; states: Record<string, string> }>('/replicas/list', { dids: files, all_states: true, ignore_availability: true, sort: 'random', domain: 'lan' });
    const ours = copies.map(({ name, replicas }) => [name, Object.fromEntries(replicas.map(({ rse, state }) => [rse, state]))]);
    expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(rows.map(({ name, states }) => [name, states])));
  });

  it('have the addresses that Rucio makes for each domain', async () => {
    const rses = new Map((await all(rucio.rses())).map((rse) => [rse.name, rse]));
    const some = sample(copies, 20);
    const schemes = [...new Set([...rses.values()].flatMap(({ protocols }) => protocols.map(({ scheme }) => scheme)))];
    for (const domain of ['lan', 'wan'] as const) {
      const rows = await plain<{ name: string; pfns: Record<string, unknown> }>('/replicas/list', {
        dids: some.map(({ scope, name }) => ({ scope, name })), schemes, domain, all_states: true, ignore_availability: true, sort: 'random',
      });
      const ours = some.map((file) => [file.name, [...new Set(addresses(file, rses).filter((pfn) => pfn.domain === domain).map(({ url }) => url))].sort()]);
      expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(rows.map(({ name, pfns }) => [name, Object.keys(pfns).sort()])));
    }
  });
});

function addresses({ scope, name, replicas }: FileReplicas, rses: ReadonlyMap<string, LiveRse>) {
  return replicas.flatMap((replica) => {
    const rse = rses.get(replica.rse)!;
    return pfns({ ...rse, pathRule: profile.rse.pathRules[rse.lfn2pfnAlgorithm] }, scope, name, rse.deterministic || !replica.pfn ? null : pathOfPfn(rse.protocols, replica.pfn));
  });
}

describe('DIDs and rules', () => {
  it('are told from below and from above', async () => {
    let withRules = 0;
    for (const file of sample(files, 10)) {
      for (const parent of await all(rucio.parents(file))) {
        const content = await all(rucio.content(parent));
        expect(content.map(({ name }) => name)).toContain(file.name);
        const below = await all(rucio.files(parent));
        const status = await rucio.did(parent);
        expect(status).toMatchObject({ didType: parent.didType, length: String(below.length), bytes: String(below.reduce((sum, { bytes }) => sum + BigInt(bytes), 0n)) });
        const rules = await all(rucio.rules(parent));
        expect((await all(rucio.associatedRules(file))).map(({ ruleId }) => ruleId)).toEqual(expect.arrayContaining(rules.map(({ ruleId }) => ruleId)));
        for (const rule of rules) expect(await rucio.rule(rule.ruleId)).toEqual(rule);
        withRules += rules.length;
      }
    }
    expect(withRules).toBeGreaterThan(0);
  });

  it('that are unknown are null, or have nothing', async () => {
    expect(await rucio.did(unknown)).toBeNull();
    expect(await rucio.rule('0'.repeat(32))).toBeNull();
    expect(await rucio.rule('no id')).toBeNull();
    expect((await rucio.didMetadata([unknown])).size).toBe(0);
    for (const rows of [rucio.replicas([unknown]), rucio.rules(unknown), rucio.associatedRules(unknown), rucio.parents(unknown), rucio.content(unknown), rucio.files(unknown)]) {
      expect(await all<unknown>(rows)).toEqual([]);
    }
  });
});

describe('failure', () => {
  it('of the login is told without saying more', async () => {
    const stranger = createRucio({ ...options, password: 'wrong' });
    await expect(stranger.did(files[0]!)).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', message: "Rucio does not accept dipper's own login." });
    await stranger.close();
  });

  it('of input is told without what Rucio says', async () => {
    await expect(rucio.didMetadata([{ scope: 'not a scope', name: '/ctao/x' }])).rejects.toMatchObject({ code: 'BAD_USER_INPUT', message: 'Rucio does not accept this request.' });
  });

  it('of patience frees the caller and leaves the client as it was', async () => {
    const gone = new AbortController();
    const reading = rucio.didMetadata(files, { signal: gone.signal });
    gone.abort(new Error('gone'));
    await expect(reading).rejects.toThrow('gone');
    for await (const first of rucio.replicas(files)) {
      expect(first.scope).not.toBe('');
      break;
    }
    expect(await rucio.did(files[0]!)).not.toBeNull();
  });
});
