import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, dataOf, type Answer } from '../support/ask.js';
import { fileRows, scratchArchive, type ScratchArchive } from '../support/scratch-archive.js';
import { testStack } from '../support/stack.js';

const scope = 'odd';
/** Far below the statement timeout. */
const CEILING_MS = 10_000;
const codes = /^(BAD_USER_INPUT|BAD_CURSOR|COST_LIMIT|BAD_REQUEST|GRAPHQL_PARSE_FAILED|GRAPHQL_VALIDATION_FAILED)$/;

let archive: ScratchArchive;
const files: Readonly<Record<string, object>> = {
  'plain.dat': { data_type: 'plain', note: 'plain', n: 1 },
  '100%_a\\b': { data_type: '100%_a\\b', note: '100%_a\\b', n: 2 },
  '100xya\\b': { data_type: '100xya\\b', note: '100xya\\b', n: null },
  'quote"\'`;--😀': { data_type: 'quote"\'`;--😀', note: 'quote"\'`;--😀' },
  'none': {},
};
beforeAll(async () => {
  archive = await scratchArchive(testStack());
  await archive.write(...Object.entries(files).flatMap(([name, metadata]) => fileRows({ scope, name, metadata: JSON.stringify(metadata) })));
});
afterAll(() => archive.close());

const query = 'query ($where: FileFilter) { files(where: $where) { nodes { name } } }';
async function found(where: object): Promise<string[]> {
  const { files: { nodes } } = await dataOf<{ files: { nodes: { name: string }[] } }>(archive.url, query, { where });
  return nodes.map(({ name }) => name).sort();
}
const named = (fits: (name: string, metadata: Record<string, unknown>) => boolean) => Object.entries(files).filter(([name, metadata]) => fits(name, metadata as Record<string, unknown>)).map(([name]) => name).sort();

/** Refused with a code of the catalogue and a short sentence, soon. */
async function refused(asked: () => Promise<Answer>, code: string | RegExp = codes): Promise<void> {
  const begun = Date.now();
  const { status, errors, text } = await asked();
  expect(Date.now() - begun).toBeLessThan(CEILING_MS);
  expect(errors?.[0]?.extensions.code, text.slice(0, 500)).toMatch(code);
  expect(status).toBeLessThan(500);
  expect(errors![0]!.message.length).toBeLessThan(1100);
  expect(text).not.toMatch(/call stack|\bat .*\.js:\d+/i);
}
const refusedWhere = (where: object, code?: string) => refused(() => ask(archive.url, query, { where }), code);
const refusedQuery = (text: string, code?: string, variables?: object) => refused(() => ask(archive.url, text, variables), code);

describe('operators', () => {
  it.each<[string, object, (name: string, metadata: Record<string, unknown>) => boolean]>([
    ['eq and ne on one input are and-ed', { name: { eq: 'none', ne: 'none' } }, () => false],
    ['eq and ne of two values', { name: { eq: 'none', ne: 'plain.dat' } }, (name) => name === 'none'],
    ['an empty in matches nothing', { name: { in: [] } }, () => false],
    ['an empty notIn matches what is present', { dataType: { notIn: [] } }, (name) => name !== 'none'],
    ['its complement matches what is missing', { not: { dataType: { notIn: [] } } }, (name) => name === 'none'],
    ['the same in metadata, where null is missing', { metadata: [{ key: 'n', notIn: [] }] }, (_name, { n }) => typeof n === 'number'],
    ['notIn of values of two types matches neither', { metadata: [{ key: 'n', notIn: [7, 'x'] }] }, () => false],
    ['notIn of the type', { metadata: [{ key: 'n', notIn: [1, 7] }] }, (_name, { n }) => n === 2],
    ['an empty in of metadata', { metadata: [{ key: 'n', in: [] }] }, () => false],
    ['eq and in of metadata are and-ed', { metadata: [{ key: 'n', eq: 1, in: [1, 2] }] }, (_name, { n }) => n === 1],
    ['the same where they contradict', { metadata: [{ key: 'n', eq: 1, in: [2] }] }, () => false],
    ['no conditions on metadata', { metadata: [] }, () => true],
    ['an empty and', { and: [] }, () => true],
    ['an empty or', { or: [] }, () => false],
    ['not of an empty filter', { not: {} }, () => false],
    ['a condition and its complement', { or: [{ dataType: { eq: 'plain' } }, { not: { dataType: { eq: 'plain' } } }] }, () => true],
    ['missing is null and not null at once', { dataType: { isNull: true, eq: 'plain' } }, () => false],
    ['within what is not there', { within: '/ctao/acada/not/there' }, () => false],
    ['an interval of one moment', { time: { overlaps: { from: '2026-01-01T00:00:00Z', to: '2026-01-01T01:00:00+01:00' } } }, () => false],
  ])('%s', async (_title, where, fits) => {
    expect(await found(where)).toEqual(named(fits));
  });

  it.each<[string, object]>([
    ['an interval that ends before it begins', { time: { overlaps: { from: '2026-01-01T00:00:00.000001Z', to: '2026-01-01T00:00:00Z' } } }],
    ['the same across zones', { time: { overlaps: { from: '2026-01-01T00:00:00Z', to: '2026-01-01T00:30:00+01:00' } } }],
    ['null for an operator', { name: { eq: null } }], ['null for a condition', { name: null }], ['null in a list', { name: { in: [null] } }],
    ['null for and', { and: null }], ['null within or', { or: [null] }], ['null for not', { not: null }],
    ['null for within', { within: null }], ['null in a replica condition', { replica: { rse: null } }], ['an empty replica condition', { replica: {} }],
    ['null in metadata', { metadata: [{ key: 'n', eq: null }] }], ['null in a list of metadata', { metadata: [{ key: 'n', in: [1, null] }] }],
    ['an order of lists', { metadata: [{ key: 'n', lt: [1] }] }], ['an order of truth', { metadata: [{ key: 'n', gte: true }] }],
    ['a metadata condition without operator', { metadata: [{ key: 'n' }] }], ['without key', { metadata: [{ eq: 1 }] }],
  ])('%s is refused', async (_title, where) => { await refusedWhere(where, 'BAD_USER_INPUT'); });

  it.each([
    ['String', '{ files(where: { name: { eq: $v } }) { totalCount } }'], ['String', '{ files(where: { not: { and: [{ or: [{ name: { eq: $v } }] }] } }) { totalCount } }'],
    ['String!', '{ files(where: { name: { in: [$v] } }) { totalCount } }'], ['[String!]', '{ files(where: { name: { in: $v } }) { totalCount } }'], ['FileFilter', '{ files(where: { not: $v }) { totalCount } }'],
    ['JSON', '{ files(where: { metadata: [{ key: "n", eq: $v, isNull: false }] }) { totalCount } }'], ['JSON', '{ files(where: { metadata: [{ key: "n", eq: { a: [$v] } }] }) { totalCount } }'],
    ['String', '{ files { totalCount } ...F } fragment F on Query { again: files(where: { name: { ne: $v } }) { totalCount } }'],
    ['String', '{ files(first: 1) { nodes { parents { ... on Dataset { files(where: { name: { eq: $v } }) { totalCount } } } } } }'],
    ['String', '{ datasets(where: { name: { eq: $v } }) { totalCount } }'], ['String', '{ rules(where: { name: { eq: $v } }) { totalCount } }'],
    ['DateTime!', '{ files(where: { time: { overlaps: { from: $v, to: $v } } }) { totalCount } }'],
  ])('a variable $v: %s without value: %s', async (type, selection) => {
    await refusedQuery(`query ($v: ${type}) ${selection}`, 'BAD_USER_INPUT', {});
    await refusedQuery(`query ($v: ${type}) ${selection.replace(/ }$/, ' __schema { queryType { name } } }')}`, 'BAD_USER_INPUT', {});
  });
});

describe('values of JSON', () => {
  it.each<[string, unknown]>([['eq: { a: [$v] }', 1], ['eq: [$v, { b: $v }]', 'x'], ['eq: $v', { a: [{ b: { c: [1, null] } }] }], ['in: [[$v], { a: $v }]', 'x'], ['contains: { a: $v }', null]])('%s takes a variable', async (condition, v) => {
    expect(await dataOf(archive.url, `query ($v: JSON) { files(where: { metadata: [{ key: "n", ${condition} }] }) { totalCount } }`, { v })).toEqual({ files: { totalCount: 0 } });
  });

  it.each(['NaN', 'Infinity', 'word', '{ a: [word] }'])('%s is a word and no value', async (word) => {
    await refusedQuery(`{ files(where: { metadata: [{ key: "n", eq: ${word} }] }) { totalCount } }`, 'GRAPHQL_VALIDATION_FAILED');
  });
});

describe('text', () => {
  const awkward = Object.keys(files);
  it.each(awkward)('%s is taken letter by letter', async (text) => {
    const condition = (operator: object) => [{ name: operator }, { dataType: operator }] as const;
    const middle = [...text].slice(1, -1).join('');
    for (const [operator, fits] of [
      [{ eq: text }, (one: string) => one === text], [{ in: [text] }, (one: string) => one === text], [{ startsWith: text }, (one: string) => one.startsWith(text)],
      [{ contains: middle }, (one: string) => one.includes(middle)], [{ ne: text }, (one: string) => one !== text],
    ] as const) {
      const [name, dataType] = condition(operator);
      expect(await found(name)).toEqual(named(fits));
      expect(await found(dataType)).toEqual(named((_one, { data_type }) => typeof data_type === 'string' && fits(data_type)));
      if (!('contains' in operator)) expect(await found({ metadata: [{ key: 'note', ...operator }] })).toEqual(named((_one, { note }) => typeof note === 'string' && fits(note)));
    }
  });

  it.each<[string, (text: string) => boolean]>([
    ['100%', (text) => text.startsWith('100')], ['100\\%%', (text) => text.startsWith('100%')], ['100__a%', (text) => /^100..a/.test(text)],
    ['100_\\_a\\\\b', (text) => /^100._a\\b$/.test(text)], ['%"\'`;--_', (text) => /"'`;--.$/u.test(text)], ['', (text) => text === ''],
  ])('like %s', async (like, fits) => {
    expect(await found({ name: { like } })).toEqual(named(fits));
    expect(await found({ metadata: [{ key: 'note', like }] })).toEqual(named((_name, { note }) => typeof note === 'string' && fits(note)));
  });

  it.each([{ name: { like: '%a%a%a%a%' } }, { name: { like: 'a\\' } }, { metadata: [{ key: 'note', like: '%a%a%a%' }] }, { metadata: [{ key: 'note', like: '\\' }] }])('case 21: %j is refused', async (where) => {
    await refusedWhere(where, 'BAD_USER_INPUT');
  });

  it.each(['a', '%', '_', '\\%', 'ab'])('10,000 times %s', async (part) => {
    const long = part.repeat(10_000);
    for (const operator of [{ eq: long }, { startsWith: long }, { contains: long }, { in: [long] }]) expect(await found({ name: operator })).toEqual([]);
    if (part === '%') await refusedWhere({ name: { like: long } });
    else expect(await found({ name: { like: `%${long}%` } })).toEqual([]);
  });

  const places = [
    ['String', '{ files(where: { name: { eq: $v } }) { totalCount } }'], ['String!', '{ files(where: { name: { in: [$v] } }) { totalCount } }'], ['String', '{ files(where: { name: { like: $v } }) { totalCount } }'],
    ['String!', '{ files(where: { metadata: [{ key: $v, isNull: true }] }) { totalCount } }'], ['String', '{ files(where: { metadata: [{ key: "n", startsWith: $v }] }) { totalCount } }'],
    ['String', '{ files(where: { metadata: [{ key: "n", like: $v }] }) { totalCount } }'], ['JSON', '{ files(where: { metadata: [{ key: "n", eq: [{ a: $v }] }] }) { totalCount } }'],
    ['String', '{ files(after: $v) { nodes { name } } }'], ['String', '{ rses(expression: $v) { name } }'], ['String', '{ files(where: { replica: { rse: $v } }) { totalCount } }'],
    ['String!', '{ files { facet(field: $v) { otherCount } } }'], ['String', '{ rules(where: { rseExpression: { contains: $v } }) { totalCount } }'], ['String!', '{ datasets(where: { name: { notIn: [$v] } }) { totalCount } }'],
  ] as const;
  describe.each([['case 22: a NUL', ['a\0b'], ['\\u0000', '\\u{0}']], ['case 23: half a surrogate pair', ['a\ud800b', '\udc00'], ['\\ud800']]])('%s', (_what, sent, written) => {
    it.each(places)('as $v: %s in %s is refused, as variable and as literal', async (type, selection) => {
      for (const bad of sent) {
        await refusedQuery(`query ($v: ${type}) ${selection}`, undefined, { v: bad });
        await refusedQuery(selection.replace('$v', `"${bad}"`));
      }
      for (const escaped of written) await refusedQuery(selection.replace('$v', `"a${escaped}b"`));
    });
  });

  it.each(['{ file(lfn: $v) { id } }', '{ filesByLfn(lfns: [$v]) { missing } }', '{ files(where: { within: $v }) { totalCount } }'])('the same as a name in %s', async (selection) => {
    for (const bad of ['/ctao/odd/a\0b', '/ctao/odd/a\ud800b']) await refusedQuery(`query ($v: LFN!) ${selection}`, 'BAD_USER_INPUT', { v: bad });
    for (const bad of ['\\u0000', '\\ud800', '\0']) await refusedQuery(selection.replace('$v', `"/ctao/odd/a${bad}b"`));
  });

  it('what cannot be a name is not there', async () => {
    const data = await dataOf(archive.url, 'query ($v: String!, $id: ID!) { did(scope: $v, name: $v) { id } rse(name: $v) { id } rule(id: $id) { id } node(id: $id) { id } }', { v: 'a\0\ud800', id: 'File:odd:a\0\ud800' });
    expect(data).toEqual({ did: null, rse: null, rule: null, node: null });
  });
});

describe('much of it', () => {
  const ids = (count: number) => Array.from({ length: count }, (_, index) => index);
  it('case 12: 250 values in a list, and no more', async () => {
    const begun = Date.now();
    const count = 250;
    expect(await found({ obsId: { in: ids(count) } })).toEqual([]);
    expect(await found({ metadata: [{ key: 'n', in: ids(count) }] })).toEqual(named((_name, { n }) => typeof n === 'number'));
    expect(await found({ metadata: [{ key: 'n', notIn: ids(count) }] })).toEqual([]);
    expect(await found({ telIds: { containsAny: ids(count) } })).toEqual([]);
    for (const many of [251, 100_000]) for (const where of [{ obsId: { in: ids(many) } }, { metadata: [{ key: 'n', notIn: ids(many) }] }, { not: { telIds: { containsAny: ids(many) } } }]) await refusedWhere(where, 'COST_LIMIT');
    expect(Date.now() - begun).toBeLessThan(4 * CEILING_MS);
  });

  it.each<[string, object]>([
    ['conditions', { or: ids(1000).map((n) => ({ bytes: { ne: n } })) }], ['empty branches', { and: ids(4000).map(() => ({})) }], ['empty branches beyond count', { and: ids(200_000).map(() => ({})) }],
    ['complements', { and: ids(600).map(() => ({ not: { name: { isNull: true } } })) }], ['conditions on metadata', { metadata: ids(1001).map((n) => ({ key: 'n', ne: n })) }],
    ['collections', { or: ids(33).map((n) => ({ within: `/ctao/odd/${n}` })) }], ['replica conditions', { and: ids(33).map(() => ({ not: { replica: { state: ['BAD'] } } })) }],
  ])('too many %s', async (_title, where) => { await refusedWhere(where, 'COST_LIMIT'); });

  it('as many as are answered', async () => {
    const begun = Date.now();
    expect(await found({ and: ids(499).map((n) => ({ bytes: { ne: n + 100 } })) })).toHaveLength(5);
    expect(await found({ and: ids(16).flatMap((n) => [{ not: { within: `/ctao/odd/${n}` } }, { not: { replica: { state: ['BAD'] } } }]) })).toHaveLength(5);
    expect(Date.now() - begun).toBeLessThan(CEILING_MS);
  });

  const deep: [string, (depth: number) => string][] = [
    ['not', (depth) => `${'{ not: '.repeat(depth)}{}${'}'.repeat(depth)}`], ['or', (depth) => `${'{ or: ['.repeat(depth)}{ bytes: { gt: 1 } }${'] }'.repeat(depth)}`],
    ['a list', (depth) => `{ metadata: [{ key: "n", eq: ${'['.repeat(depth)}${']'.repeat(depth)} }] }`], ['an object', (depth) => `{ metadata: [{ key: "n", ne: ${'{ a: '.repeat(depth)}1${'}'.repeat(depth)} }] }`],
  ];
  it.each(deep)('%s within itself is answered up to the limit, and refused beyond', async (_title, filter) => {
    for (const depth of [1, 40, 45]) expect((await ask(archive.url, `{ files(where: ${filter(depth)}) { totalCount } }`)).errors).toBeUndefined();
    for (const depth of [300, 1000, 1500, 5000, 100_000]) {
      await refusedQuery(`{ files(where: ${filter(depth)}) { totalCount } }`, 'BAD_USER_INPUT');
      if (depth < 50_000) await refusedQuery(`{ files(where: ${filter(depth)}) { totalCount } files(where: ${filter(depth)}) { totalBytes } }`, 'BAD_USER_INPUT');
    }
  });

  it('brackets in texts do not count', async () => {
    expect((await ask(archive.url, `{ files(where: { name: { ne: "${'{['.repeat(5000)}" } }) { totalCount } }`)).data).toEqual({ files: { totalCount: 5 } });
  });

  it('variables of a GET request are looked at, too', async () => {
    const asked = (depth: number) => fetch(`${archive.url}/graphql?${new URLSearchParams({ query: 'query ($v: JSON) { files(where: { metadata: [{ key: "n", eq: $v }] }) { totalCount } }', variables: `{"v":${'['.repeat(depth)}${']'.repeat(depth)}}` }).toString()}`, { headers: { 'apollo-require-preflight': '1' } });
    expect([(await asked(50)).status, (await asked(1000)).status]).toEqual([200, 400]);
  });
});

describe('aliases', () => {
  it('of 63 letters are answered, of 64 refused', async () => {
    for (const more of ['', ' __schema { queryType { name } }']) {
      const alias = (length: number) => `{ files(first: 1) { nodes { ${'a'.repeat(length)}: name } }${more} }`;
      expect((await ask(archive.url, alias(63))).errors).toBeUndefined();
      await refusedQuery(alias(64), 'BAD_USER_INPUT');
    }
  });
});
