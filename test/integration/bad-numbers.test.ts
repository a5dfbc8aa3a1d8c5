import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, dataOf } from '../support/ask.js';
import { RucioRest } from '../support/rucio-rest.js';
import { fileRows, scratchArchive, type ScratchArchive } from '../support/scratch-archive.js';
import { testStack } from '../support/stack.js';

const stack = testStack();
const scope = 'odd';
const MAX = 9223372036854775807n;
const MIN = -9223372036854775808n;
const BEYOND = 9007199254740993n; // 2^53 + 1
const objects = ' __schema { queryType { name } }';

/** Keys and values that JavaScript, JSON or SQL could trip over, as JSON text with all its digits. */
const numbers: Readonly<Record<string, string>> = {
  max: String(MAX), min: String(MIN), beyond: String(BEYOND), over: String(MAX + 1n), vast: `1${'0'.repeat(400)}`, tiny: `0.${'0'.repeat(399)}1`,
  minus: '-0', fraction: '0.1', digits: '0.12345678901234567890123', thousand: '1e3', one: '1.0', list: `[${MAX}, 1.5, -0, [${BEYOND}]]`,
};
const keys: Readonly<Record<string, string>> = {
  __proto__: '{"polluted": 1}', constructor: '{"prototype": {"polluted": 2}}', toString: '"text"', hasOwnProperty: 'true', 'quote"\'`': '"q"', 'back\\slash': '"b"', '😀': '"e"', 'a.b': '"d"', "a'||pg_sleep(5)--": '"s"', '': '"empty"',
  isLosslessNumber: 'true', value: '"1, \\"injected\\": 2"', toJSON: '"j"', odd: '{"isLosslessNumber": true, "value": "1], \\"injected\\": [2"}', '#type': '"t"', n: 'null',
};
const asText = (members: Readonly<Record<string, string>>) => `{${Object.entries(members).map(([key, value]) => `${JSON.stringify(key)}: ${value}`).join(', ')}}`;
const protoKeys = `{"__proto__": {"polluted": 1}, ${asText(keys).slice(1)}`;

let archive: ScratchArchive;
beforeAll(async () => {
  archive = await scratchArchive(stack);
  await archive.write(
    ...fileRows({ scope, name: 'max', bytes: String(MAX), metadata: `{"obs_id": ${MAX}, "tel_ids": [2147483647, -2147483648]}` }), ...fileRows({ scope, name: 'max2', bytes: String(MAX - 1n), metadata: `{"obs_id": ${MIN}, "sb_id": ${MAX + 1n}}` }),
    ...fileRows({ scope, name: 'beyond', bytes: String(BEYOND), metadata: `{"obs_id": ${BEYOND}, "chunk_id": 1e3, "sb_id": 1.0}` }), ...fileRows({ scope, name: 'numbers', metadata: asText(numbers) }), ...fileRows({ scope, name: 'keys', metadata: protoKeys }),
  );
});
afterAll(() => archive.close());

/** Answers on both ways through dipper: JSON text from Postgres, and objects. */
const bothWays = async (selection: string, variables?: object): Promise<string[]> => Promise.all(['', objects].map(async (more) => {
  const answer = await ask(archive.url, selection.replace(/ }$/, `${more} }`), variables);
  if (answer.errors) throw new Error(answer.text);
  return answer.text.replace(/,"extensions":\{.*$/s, '}').replace(/,"__schema":.*/s, '}}').replace(/\s/g, '');
}));

describe('numbers out', () => {
  it('case 25: of 64 bits, and sums beyond, with all their digits', async () => {
    for (const text of await bothWays('{ files(where: { obsId: { isNull: false } }) { nodes { bytes obsId sbId telIds } totalBytes facet(field: "obsId") { values { value count } } } }')) {
      expect(text).toBe(`{"data":{"files":{"nodes":[{"bytes":${BEYOND},"obsId":${BEYOND},"sbId":1,"telIds":null},{"bytes":${MAX},"obsId":${MAX},"sbId":null,"telIds":[2147483647,-2147483648]},{"bytes":${MAX - 1n},"obsId":${MIN},"sbId":null,"telIds":null}],"totalBytes":${MAX + MAX - 1n + BEYOND},"facet":{"values":[{"value":${MIN},"count":1},{"value":${BEYOND},"count":1},{"value":${MAX},"count":1}]}}}}`);
    }
  });

  it('in metadata, as they are stored', async () => {
    const [text, objectsText] = await bothWays('{ file: did(scope: "odd", name: "numbers") { metadata } }');
    expect(text).toContain(`"vast":1${'0'.repeat(400)}`);
    for (const part of [`"max":${MAX}`, `"over":${MAX + 1n}`, '"digits":0.12345678901234567890123', '"thousand":1000', `"list":[${MAX},1.5,0,[${BEYOND}]]`]) {
      expect(text).toContain(part);
      expect(objectsText).toContain(part);
    }
    expect(objectsText).toBe(text!.replace('"one":1.0', '"one":1'));
  });

  it('in cursors', async () => {
    interface Page { files: { nodes: { name: string }[]; pageInfo: { endCursor: string | null } } }
    const page = 'query ($after: String) { files(where: { obsId: { isNull: false } }, orderBy: [{ field: OBS_ID }, { field: BYTES, direction: DESC }], first: 1, after: $after) { nodes { name } pageInfo { endCursor } } }';
    const names: string[] = [];
    for (let after: string | null = null; names.length < 4;) {
      const { files }: Page = await dataOf<Page>(archive.url, page, { after });
      names.push(files.nodes[0]?.name ?? 'end');
      after = files.pageInfo.endCursor;
    }
    expect(names).toEqual(['max2', 'beyond', 'max', 'end']);
  });
});

/** Names found, or the error's code. */
async function outcome(query: string, raw: string): Promise<unknown> {
  const response = await fetch(`${archive.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: `{"query":${JSON.stringify(query)},"variables":{"v":${raw}}}` });
  expect(response.status).toBeLessThan(500);
  const { data, errors } = await response.json() as { data?: { files: { nodes: { name: string }[] } }; errors?: { extensions: { code: string } }[] };
  return errors ? errors[0]!.extensions.code : data!.files.nodes.map(({ name }) => name);
}
const [VALIDATION, INPUT] = ['GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT'];

describe('numbers in', () => {
  it.each<[string, unknown, unknown]>([
    [String(MAX), ['max'], INPUT], [`"${MAX}"`, ['max'], ['max']], [String(BEYOND), ['beyond'], INPUT], [`"${BEYOND}"`, ['beyond'], ['beyond']], [String(BEYOND - 1n), [], INPUT],
    [String(MIN), ['max2'], INPUT], [`"${MIN}"`, ['max2'], ['max2']], [String(MAX + 1n), VALIDATION, INPUT], [`"${MIN - 1n}"`, VALIDATION, INPUT], ['-0', [], []], ['1e3', VALIDATION, []], ['1.0', VALIDATION, []],
    ['1e400', VALIDATION, INPUT], ['-1e400', VALIDATION, INPUT], ['"NaN"', VALIDATION, INPUT], ['"1e3"', VALIDATION, INPUT], ['""', VALIDATION, INPUT], ['" 1"', VALIDATION, INPUT], ['"٣"', VALIDATION, INPUT], ['true', VALIDATION, INPUT], ['[1, 2]', VALIDATION, INPUT],
    [`"${'9'.repeat(100_000)}"`, VALIDATION, INPUT],
  ])('case 26: %.40s as a BigInt', async (value, literal, variable) => {
    expect(await outcome(`{ files(where: { obsId: { eq: ${value} } }) { nodes { name } } }`, 'null')).toEqual(literal);
    expect(await outcome('query ($v: BigInt!) { files(where: { obsId: { eq: $v } }) { nodes { name } } }', value)).toEqual(variable);
    expect(await outcome('query ($v: BigInt!) { files(where: { obsId: { in: [$v] } }) { nodes { name } } }', value)).toEqual(variable);
  });

  it.each<[string, string, unknown, unknown]>([
    ['max', String(MAX), ['numbers'], INPUT], ['max', `"${MAX}"`, [], []], ['beyond', String(BEYOND), ['numbers'], INPUT], ['beyond', String(BEYOND - 1n), [], INPUT], ['over', String(MAX + 1n), ['numbers'], INPUT],
    ['vast', `1${'0'.repeat(400)}`, ['numbers'], INPUT], ['vast', '1e400', VALIDATION, INPUT], ['minus', '0', ['numbers'], ['numbers']], ['minus', '-0', ['numbers'], ['numbers']], ['fraction', '0.1', ['numbers'], ['numbers']],
    ['thousand', '1000', ['numbers'], ['numbers']], ['thousand', '1e3', ['numbers'], ['numbers']], ['one', '1', ['numbers'], ['numbers']], ['one', '1.0', ['numbers'], ['numbers']], ['one', '1e17', VALIDATION, INPUT], ['one', 'true', [], []], ['max', '9'.repeat(200_000), INPUT, INPUT],
  ])('metadata %s equal to %.40s', async (key, value, literal, variable) => {
    expect(await outcome(`{ files(where: { metadata: [{ key: "${key}", eq: ${value} }] }) { nodes { name } } }`, 'null')).toEqual(literal);
    expect(await outcome(`query ($v: JSON!) { files(where: { metadata: [{ key: "${key}", in: [$v] }] }) { nodes { name } } }`, value)).toEqual(variable);
  });

  it('order by value: integers beyond 2^53, and beyond 64 bits', async () => {
    for (const [condition, fits] of [[`key: "max", gt: ${MAX - 1n}`, true], [`key: "max", gt: ${MAX}`, false], [`key: "over", gte: ${MAX + 1n}`, true], [`key: "tiny", gt: 0`, true], [`key: "vast", gt: ${MAX}`, true], [`key: "list", contains: ${MAX}`, true], [`key: "list", contains: ${MAX - 1n}`, false]] as const) {
      expect(await outcome(`{ files(where: { metadata: [{ ${condition} }] }) { nodes { name } } }`, 'null'), condition).toEqual(fits ? ['numbers'] : []);
    }
  });
});

describe('times in', () => {
  it.each(['10000-01-01T00:00:00Z', '99999-01-01T00:00:00Z', '+010000-01-01T00:00:00Z', '0000-01-01T00:00:00Z', '-0001-01-01T00:00:00Z', '2026-12-31T23:59:60Z', '2026-02-30T00:00:00Z', '2026-02-29T00:00:00Z', '2026-01-01T24:00:00Z', '2026-01-01T00:00:00', '2026-01-01', 'now', 'infinity', 'epoch', '2026-01-01T00:00:00.1234567Z', '2026-01-01T00:00:00+24:00', '2026-01-01T00:00:00Z\0'])('case 28: %j is refused', async (time) => {
    expect(await outcome('query ($v: DateTime!) { files(where: { createdAt: { eq: $v } }) { nodes { name } } }', JSON.stringify(time))).toBe(INPUT);
    expect(await outcome(`{ files(where: { createdAt: { eq: ${JSON.stringify(time)} } }) { nodes { name } } }`, 'null')).toBe(VALIDATION);
  });

  it.each(['2026-11-23T10:00:00.123456Z', '2026-11-23T11:30:00.123456+01:30', '2026-11-22T20:00:00.123456-14:00', '2026-11-23t10:00:00.123456000z', '2026-11-23T10:00:00.123456-00:00'])('%s is the moment that it names', async (time) => {
    expect(await outcome('query ($v: DateTime!) { files(where: { createdAt: { eq: $v, lte: $v, gte: $v } }) { nodes { name } } }', JSON.stringify(time))).toHaveLength(5);
  });

  it('the ends of the calendar are answered', async () => {
    expect(await outcome('{ files(where: { createdAt: { gt: "0001-01-01T00:00:00+14:00", lt: "9999-12-31T23:59:59.999999-14:00" } }) { nodes { name } } }', 'null')).toHaveLength(5);
  });
});

describe('keys', () => {
  const stored = (text: string) => (JSON.parse(text) as { data: { did: { metadata: object } } }).data.did.metadata;
  it('case 27: come out as they are stored, on both ways, and change nothing of JavaScript', async () => {
    for (const text of await bothWays('{ did(scope: "odd", name: "keys") { metadata } }')) expect(stored(text)).toEqual(JSON.parse(protoKeys.replace(/\s/g, '')));
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each(Object.keys(JSON.parse(protoKeys) as object))('case 19: %j can be asked for and filtered by', async (key) => {
    const wanted = (JSON.parse(protoKeys.replace(/\s/g, '')) as Record<string, unknown>)[key];
    for (const text of await bothWays('query ($keys: [String!]) { did(scope: "odd", name: "keys") { metadata(keys: $keys) } }', { keys: [key] })) expect(Object.entries(stored(text))).toEqual([[key, wanted]]);
    const found = async (condition: object) => (await dataOf<{ files: { nodes: { name: string }[] } }>(archive.url, 'query ($c: [MetadataCondition!]) { files(where: { metadata: $c }) { nodes { name } } }', { c: [{ key, ...condition }] })).files.nodes.map(({ name }) => name);
    expect(await found({ isNull: false })).toEqual(wanted === null ? [] : ['keys']);
    expect(await found({ eq: 'no such value' })).toEqual([]);
  });

  it('an object like a number of a library is an object', async () => {
    expect(await dataOf(archive.url, '{ files(where: { metadata: [{ key: "odd", eq: { isLosslessNumber: true, value: "1], \\"injected\\": [2" } }] }) { nodes { name } } }')).toEqual({ files: { nodes: [{ name: 'keys' }] } });
  });
});

describe('from Rucio itself', () => {
  const own = `num${process.pid.toString(36)}`;
  const did = { scope: own, name: `/ctao/${own}/file` };
  const rest = new RucioRest(stack);
  let rse: string;
  beforeAll(async () => {
    await rest.call('POST', `/accounts/${stack.env['RUCIO_ACCOUNT']!}/scopes/${own}`);
    rse = (JSON.parse((await rest.call('GET', '/rses/')).split('\n')[0]!) as { rse: string }).rse;
    await rest.call('POST', '/replicas/', { rse, files: [{ ...did, bytes: BEYOND, adler32: '0a0b0c0d' }] });
    await rest.call('POST', '/dids/bulkdidsmeta', { dids: [{ ...did, meta: { obs_id: MAX, max: MAX, over: MAX + 1n, list: [BEYOND, 0.1], ['quote"\'']: 'q', '😀': 'e', constructor: 'c', 'back\\slash': 'b' } }] });
  });
  afterAll(() => new Promise<void>((resolve, reject) => {
    const child = spawn('python', ['test/support/rucio-delete.py'], { env: { ...process.env, ...stack.env, PATH: `${stack.env['PATH'] ?? ''}:${process.env['PATH'] ?? ''}` }, stdio: ['pipe', 'ignore', 'inherit'], timeout: 60_000 });
    child.once('close', (code) => { if (code === 0) resolve(); else reject(new Error(`rucio-delete.py ended with ${code}`)); });
    child.stdin.end(JSON.stringify({ rse, files: [did] }));
  }));

  it('numbers and keys are the same from MIRROR and LIVE, on both ways', async () => {
    const read = async (consistency: string, more = '') => (await ask(stack.urls.dipper, `{ file(lfn: "${did.name}", consistency: ${consistency}) { bytes obsId metadata replicas { bytes } }${more} }`)).data?.['file'];
    const expected = { bytes: BEYOND, obsId: MAX, metadata: { obs_id: MAX, max: MAX, over: MAX + 1n, list: [BEYOND, 0.1], ['quote"\'']: 'q', '😀': 'e', constructor: 'c', 'back\\slash': 'b' }, replicas: [{ bytes: BEYOND }] };
    const begun = Date.now();
    while ((await read('MIRROR') as { obsId: unknown } | null)?.obsId !== MAX && Date.now() - begun < 10_000) await sleep(50);
    for (const answer of [await read('MIRROR'), await read('MIRROR', objects), await read('LIVE'), await read('LIVE', objects)]) expect(answer).toEqual(expected);
  });
});
