import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { foreignCursor } from '../../src/domain/cursor.js';
import { readConfig } from '../../src/config.js';
import { testStack } from '../support/stack.js';
import { truth } from '../support/truth.js';
import { guarded, somebody, type Guarded } from './guarded.js';

const config = { ...readConfig('serve', { ...testStack().env, DIPPER_PORT: '0', DIPPER_LIVE_CACHE_SECONDS: '60' }), logLevel: 'silent' };
const policy = { grants: [
  { who: 'signed in', sees: { scopes: ['dpps'] } },
  { who: [{ group: '/ctao' }], sees: { scopes: 'all' }, may: ['usage'] },
] };
const users = { alice: somebody('alice', ['/ctao']), bob: somebody('bob'), dave: somebody('dave'), child: somebody('eve', ['/ctao/readers', '/CTAO']), alone: somebody('alice', ['/ctao'], ['storage.read:/ctao/dpps']) };
const hidden = truth().find(({ scope }) => scope === 'acada')!;
const shown = truth().find(({ scope }) => scope === 'dpps')!;

let dipper: Guarded;
beforeAll(async () => { dipper = await guarded(config, policy, users); });
afterAll(() => dipper.stop());

const list = 'query ($after: String, $where: FileFilter) { files(first: 2, where: $where, after: $after) { totalCount edges { cursor node { lfn scope } } nodes { lfn scope } pageInfo { endCursor } facet(field: "dataType") { values { value count } missingCount } } }';
interface List { files: { totalCount: number; edges: { cursor: string; node: { scope: string } }[]; nodes: { scope: string }[]; pageInfo: { endCursor: string } } }
const listAs = async (user: string, variables = {}) => (await dipper.as(user, list, variables)).data as unknown as List;

describe('case 18: a cursor', () => {
  const refused = expect.objectContaining({ message: foreignCursor, extensions: expect.objectContaining({ code: 'BAD_CURSOR' }) });
  it.each<[string, (own: string) => Promise<object> | object]>([
    ['that is garbage', () => ({ after: 'garbage' })],
    ['that is negative', () => ({ after: '-1' })],
    ['of 900 kB', () => ({ after: 'A'.repeat(900_000) })],
    ['of another query', (own) => ({ after: own, where: { bytes: { gt: 0 } } })],
    ['of another user', async () => ({ after: (await listAs('bob')).files.pageInfo.endCursor })],
    ['with another name in it', (own) => {
      const bytes = Buffer.from(own, 'base64url');
      const at = bytes.indexOf('dpps') >= 0 ? bytes.indexOf('dpps') : bytes.indexOf('acada');
      bytes[at] = bytes[at]! + 1;
      return { after: bytes.toString('base64url') };
    }],
    ['that is cut', (own) => ({ after: own.slice(0, -6) })],
  ])('%s is refused', async (_title, made) => {
    const own = (await listAs('alice')).files.pageInfo.endCursor;
    expect((await dipper.as('alice', list, { after: own })).errors).toBeUndefined();
    const begun = Date.now();
    const answer = await dipper.as('alice', list, await made(own));
    expect([answer.errors, answer.status < 500]).toEqual([[refused], true]);
    expect(Date.now() - begun).toBeLessThan(5000);
  });

  it('is of no use to who sees otherwise by a filter or a permission alone', async () => {
    const issuer = users.alice.issuer!;
    const line = (subject: string, files?: string, may: string[] = []) => ({ who: [{ issuer, subject }], sees: { scopes: 'all', ...(files !== undefined && { files }) }, may });
    const names = ['ann', 'ben', 'cid', 'dot'];
    const grants = [line('ann', '{ bytes: { gt: 0 } }'), line('ben', '{ bytes: { gte: 0 } }'), line('cid'), line('dot', undefined, ['embargoed'])];
    const alike = await guarded(config, { grants, embargo: 'endTime' }, Object.fromEntries(names.map((name) => [name, somebody(name)])), { now: () => Date.parse('2027-01-01T00:00:00Z') });
    try {
      for (const from of names) {
        const { endCursor } = ((await alike.as(from, list)).data as unknown as List).files.pageInfo;
        for (const to of names) expect((await alike.as(to, list, { after: endCursor })).errors, `of ${from} for ${to}`).toEqual(from === to ? undefined : [refused]);
      }
    } finally {
      await alike.stop();
    }
  });

  it('does not leave its user because time goes on, where the policy looks at the time', async () => {
    let now = Date.parse('2026-03-15T00:00:00Z');
    const timed = await guarded(config, { ...policy, embargo: 'endTime' }, users, { now: () => now });
    try {
      const first = (await timed.as('alice', list)).data as unknown as List;
      now = Date.parse('2026-03-15T06:00:00Z');
      const next = await timed.as('alice', list, { after: first.files.pageInfo.endCursor });
      expect([next.errors, (next.data as unknown as List).files.totalCount]).toEqual([undefined, expect.any(Number)]);
      expect((next.data as unknown as List).files.totalCount).toBeGreaterThan(first.files.totalCount);
    } finally {
      await timed.stop();
    }
  });
});

describe('case 45: what is hidden looks as if it were absent', () => {
  const questions: [string, (name: string) => [query: string, variables: object], name?: string][] = [
    ['node', (name) => ['query ($id: ID!) { node(id: $id) { __typename } }', { id: `File:acada:${name}` }]],
    ['file', (name) => ['query ($lfn: LFN!) { file(lfn: $lfn) { lfn parents { id } } }', { lfn: name }]],
    ['file from Rucio', (name) => ['query ($lfn: LFN!) { file(lfn: $lfn, consistency: LIVE) { lfn parents { id } replicas { state } } }', { lfn: name }]],
    ['did', (name) => ['query ($name: String!) { did(scope: "acada", name: $name) { id } }', { name }]],
    ['a filter, with its hint', (name) => ['query ($where: FileFilter) { files(where: $where) { totalCount nodes { lfn } facet(field: "obsId") { values { value } missingCount } } }', { where: { name: { eq: name } } }]],
    ['within', (name) => ['query ($where: FileFilter) { files(where: $where) { totalCount } }', { where: { within: name } }], hidden.datasets[0]!.name],
  ];
  const said = ({ text }: { text: string }, name: string) => {
    const { data, errors, extensions } = JSON.parse(text.replaceAll(name, 'NAME')) as { data: unknown; errors: unknown; extensions?: { hints?: unknown } };
    return { data, errors, hints: extensions?.hints };
  };

  it.each(questions)('%s', async (_title, make, name = hidden.name) => {
    const absent = `${name}.absent`;
    const [one, other] = [await dipper.as('bob', ...make(name)), await dipper.as('bob', ...make(absent))];
    expect(said(one, name)).toEqual(said(other, absent));
    expect(JSON.stringify(said(await dipper.as('alice', ...make(name)), name))).not.toBe(JSON.stringify(said(one, name)));
  });

  it.each(questions.slice(0, 4))('%s takes no longer', async (_title, make) => {
    const times = { hidden: [] as number[], absent: [] as number[] };
    for (let at = 0; at < 15; at += 1) {
      for (const [kind, name] of [['hidden', hidden.name], ['absent', `${hidden.name}.absent`]] as const) {
        const begun = performance.now();
        await dipper.as('bob', ...make(name));
        times[kind].push(performance.now() - begun);
      }
    }
    const median = (list: number[]) => list.sort((a, b) => a - b)[7]!;
    expect(median(times.hidden)).toBeLessThan(5 * median(times.absent) + 5);
    expect(median(times.absent)).toBeLessThan(5 * median(times.hidden) + 5);
  });
});

it('case 46: edges and nodes are both cut', async () => {
  const { files } = await listAs('bob');
  expect([...files.nodes, ...files.edges.map(({ node }) => node)].map(({ scope }) => scope)).toEqual(['dpps', 'dpps', 'dpps', 'dpps']);
  expect(files.totalCount).toBe(truth().filter(({ scope }) => scope === 'dpps').length);
  expect((await listAs('alice')).files.totalCount).toBeGreaterThan(files.totalCount);
});

describe('groups and capabilities', () => {
  it('case 39: a child group is not its parent, and letter case counts', async () => {
    expect(await listAs('child')).toEqual(await listAs('bob').then((data) => ({ files: { ...data.files, edges: expect.anything(), pageInfo: expect.anything() } })));
    expect((await listAs('child')).files.totalCount).toBe((await listAs('bob')).files.totalCount);
  });

  it('case 39: a capability wins over a wider group', async () => {
    const narrow = await guarded(config, { ...policy, capabilities: [{ issuer: users.alone.issuer!, under: '/ctao' }] }, users);
    try {
      const { files } = (await narrow.as('alone', list)).data as unknown as List;
      expect(files.totalCount).toBe(truth().filter(({ name }) => name.startsWith('/ctao/dpps/')).length);
      expect((await narrow.as('alone', '{ rses { usage { used } } }')).data!['rses']).toEqual(expect.arrayContaining([{ usage: null }]));
    } finally {
      await narrow.stop();
    }
    expect((await listAs('alone')).files.totalCount).toBe(0); // nobody said that the issuer may
  });

  it('case 38: a path covers what lies below it, and nothing that only begins alike', async () => {
    const readers = Object.fromEntries(['/ctao/dpps', '/ctao/dpp', '/ctao/dpps2', '/'].map((path) => [path, somebody('reader', [], [`storage.read:${path}`])]));
    const paths = await guarded(config, { ...policy, capabilities: [{ issuer: users.alone.issuer!, under: '/' }] }, readers);
    try {
      const seen = async (path: string) => ((await paths.as(path, list)).data as unknown as List).files.totalCount;
      const below = truth().filter(({ name }) => name.startsWith('/ctao/dpps/')).length;
      expect(await Promise.all(['/ctao/dpps', '/ctao/dpp', '/ctao/dpps2'].map(seen))).toEqual([below, 0, 0]);
      expect(await seen('/')).toBeGreaterThan(below);
    } finally {
      await paths.stop();
    }
  });

  it.each(['STORAGE.read:/ctao', 'storage.read-all:/ctao', 'storage.'])('case 39: what looks like a capability (%s) opens nothing, and groups do not stand in for it', async (scope) => {
    const odd = await guarded(config, { ...policy, capabilities: [{ issuer: users.alone.issuer!, under: '/ctao' }] }, { odd: somebody('alice', ['/ctao'], [scope]) });
    try {
      expect(((await odd.as('odd', list)).data as unknown as List).files.totalCount).toBe(0);
    } finally {
      await odd.stop();
    }
  });

  it('who is not known sees nothing, which is no error', async () => {
    const answer = await dipper.as('stranger', list);
    expect([answer.status, answer.errors, (answer.data as unknown as List).files.totalCount]).toEqual([200, undefined, 0]);
  });
});

const live = 'query ($lfn: LFN!, $other: LFN!) { a: file(lfn: $lfn, consistency: LIVE) { lfn replicas { state } parents { id } } b: file(lfn: $other, consistency: LIVE) { lfn } }';
const names = { lfn: hidden.name, other: shown.name };

it('case 47: the same text is answered to each by what each may see, from the mirror and from Rucio, kept or not', async () => {
  for (let round = 0; round < 2; round += 1) {
    for (const [user, sees] of [['alice', true], ['bob', false], ['alice', true]] as const) {
      expect((await dipper.as(user, live, names)).data).toEqual({ a: sees ? expect.objectContaining({ lfn: hidden.name }) : null, b: { lfn: shown.name } });
      expect((await dipper.as(user, '{ rse(name: "PIC") { usage { used } } }')).data).toEqual({ rse: { usage: sees ? expect.any(Array) : null } });
    }
  }
});

it("case 47: what one viewer got by GET is not fresh for another, though the same is seen, and by POST nothing is kept", async () => {
  const get = (user: string, etag = '') => fetch(`${dipper.url}/graphql?${new URLSearchParams({ query: '{ rses { name } }' })}`, { headers: { 'x-test-user': user, 'apollo-require-preflight': '1', 'if-none-match': etag }, signal: AbortSignal.timeout(30_000) });
  const first = await get('bob');
  const etag = first.headers.get('etag')!;
  expect([first.status, first.headers.get('cache-control'), first.headers.get('vary')]).toEqual([200, 'private, no-cache', expect.stringMatching(/authorization, cookie/)]);
  expect((await get('bob', etag)).status).toBe(304);
  for (const user of ['alice', 'dave', 'nobody']) { // dave may do what bob may
    const other = await get(user, etag);
    expect([user, other.status, other.headers.get('etag') === etag, ((await other.json()) as { data: unknown }).data]).toEqual([user, 200, false, ((await (await get('bob')).json()) as { data: unknown }).data]);
  }
  const posted = await fetch(`${dipper.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-test-user': 'bob' }, body: '{"query":"{ rses { name } }"}' });
  expect(posted.headers.get('cache-control')).toBe('private, no-store');
});

it("tells rules and parents from Rucio of those collections alone that are seen, as from the mirror", async () => {
  const query = 'query ($lfns: [LFN!]!, $c: Consistency!) { filesByLfn(lfns: $lfns, consistency: $c) { found { lfn rules { ruleId name } parents { id parents { id } } } } }';
  const lfns = truth().filter(({ scope, datasets }) => scope === 'acada' && datasets.length > 0).slice(0, 20).map(({ name }) => name);
  const few = await guarded(config, { grants: [{ who: 'everyone', sees: { scopes: 'all', collections: '{ not: { name: { contains: "LSTN-01" } } }' } }, { who: [{ group: '/ctao' }], sees: { scopes: 'all' } }] }, users);
  try {
    const told = async (user: string, c: string) => ((await few.as(user, query, { lfns, c })).data!['filesByLfn'] as { found: { rules: object[]; parents: object[] }[] }).found;
    const [bob, alice] = [await told('bob', 'LIVE'), await told('alice', 'LIVE')];
    expect([bob, alice]).toEqual([await told('bob', 'MIRROR'), await told('alice', 'MIRROR')]);
    const count = (found: typeof bob, of: 'rules' | 'parents') => found.reduce((sum, file) => sum + file[of].length, 0);
    for (const of of ['rules', 'parents'] as const) expect(count(bob, of)).toBeLessThan(count(alice, of));
  } finally {
    await few.stop();
  }
});

it("tells of collections from Rucio what the mirror tells: of the files that are seen", async () => {
  const query = 'query ($lfn: LFN!, $c: Consistency!) { file(lfn: $lfn, consistency: $c) { parents { id ... on Dataset { length bytes files(first: 2) { totalCount totalBytes nodes { lfn } } rules { ruleId locksOkCnt locksReplicatingCnt locksStuckCnt error } } } rules { ruleId locksOkCnt error } } }';
  const siblings = truth().filter(({ datasets }) => datasets.some(({ name }) => name === hidden.datasets[0]!.name));
  const [{ name: lfn }, ...others] = siblings as [typeof hidden, ...(typeof hidden)[]];
  const away = others.slice(0, 5).map(({ name }) => name);
  const few = await guarded(config, { grants: [{ who: 'everyone', sees: { scopes: 'all', files: `{ not: { name: { in: ${JSON.stringify(away)} } } }` } }, { who: [{ group: '/ctao' }], sees: { scopes: 'all' } }] }, users);
  try {
    const told = async (user: string, c: string) => (await few.as(user, query, { lfn, c })).data!['file'] as { parents: { length: number; bytes: number; rules: { locksOkCnt: number }[] }[] };
    const [bob, alice] = [await told('bob', 'LIVE'), await told('alice', 'LIVE')];
    expect([bob, alice]).toEqual([await told('bob', 'MIRROR'), await told('alice', 'MIRROR')]);
    expect([bob, alice].map(({ parents }) => parents[0]!.length)).toEqual([siblings.length - away.length, siblings.length]);
    expect(bob.parents[0]!.rules.map(({ locksOkCnt }) => locksOkCnt)).toEqual(alice.parents[0]!.rules.map(({ locksOkCnt }) => Math.round(locksOkCnt * bob.parents[0]!.length / alice.parents[0]!.length)));
  } finally {
    await few.stop();
  }
});

it('looks into collections through those alone that are seen', async () => {
  const query = 'query ($lfn: LFN!) { files(where: { within: $lfn }) { totalCount } datasets(where: { within: $lfn }) { totalCount } }';
  const [holder] = truth().find(({ name }) => name.includes('LSTN-01'))!.datasets;
  const above = holder!.name.split('/').slice(0, 5).join('/');
  const few = await guarded(config, { grants: [{ who: 'everyone', sees: { scopes: 'all', collections: '{ not: { name: { contains: "LSTN-01" } } }' } }, { who: [{ group: '/ctao' }], sees: { scopes: 'all' } }] }, users);
  try {
    const count = async (user: string, lfn: string) => { const { files, datasets } = (await few.as(user, query, { lfn })).data as unknown as Record<string, { totalCount: number }>; return [files!.totalCount, datasets!.totalCount]; };
    expect(await count('bob', holder!.name)).toEqual([0, 0]);
    const [some, all] = [await count('bob', above), await count('alice', above)];
    for (const at of [0, 1]) {
      expect(some[at]).toBeGreaterThan(0);
      expect(some[at]).toBeLessThan(all[at]!);
    }
  } finally {
    await few.stop();
  }
});

it('case 48: a group that is gone counts with the next request, whatever is kept', async () => {
  expect((await dipper.as('alice', live, names)).data!['a']).not.toBeNull();
  const without = await guarded(config, policy, { alice: somebody('alice') });
  try {
    expect((await without.as('alice', live, names)).data!['a']).toBeNull();
  } finally {
    await without.stop();
  }
  expect((await dipper.as('bob', live, names)).data!['a']).toBeNull();
});

it('case 49: requests at the same time do not share what was loaded', async () => {
  const answers = await Promise.all(Array.from({ length: 40 }, (_, at) => dipper.as(at % 2 ? 'alice' : 'bob', live, names)));
  expect(answers.map(({ data }) => data!['a'] !== null)).toEqual(answers.map((_, at) => at % 2 === 1));
});
