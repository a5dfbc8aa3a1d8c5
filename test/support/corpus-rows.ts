import type { MetadataField } from '../../src/domain/metadata-field.js';

/** A row by its columns, as JSON; bigint stands for integers beyond 2^53. */
export type JsonRow = Readonly<Record<string, unknown>>;
export type JsonTables = Readonly<Record<string, readonly JsonRow[]>>;

/** Ids far from those of the seed. */
const BASE = 1_000_000;
const FILES = 180;
const hex = (number: number, length: number) => (number * 2_654_435_761 % 2 ** 32).toString(16).padStart(length, '0').slice(0, length);
const uuid = (number: number) => `${hex(number, 8)}-0000-4000-8000-${String(number).padStart(12, '0')}`;

/** Names that meet LIKE, SQL, JSON, URLs and byte order. */
const oddNames = ['100%_done', '100x_done', "it's", 'say "so"', 'back\\slash', 'a b', 'ünï', '\u{1F600}', '\uFF5E', 'Z', 'z', '[1]', '{}', '$1', 'a:b', '#', 'naïve\u0301', 'tab\tnew\nline', '%'];
const stored = [true, false, 0, 1, -1.5, 9007199254740993n, '', 'text', 'Text', '1', 'true', '%_\\"\'', '\u{1F600}', '\uFF5E', null, [], [1, 'a', null, true], [[1]], {}, { a: { b: [1] } }, 2.5, 10];
const oddKeys = ['odd', 'with space', 'k"q', 'ключ', 'a.b', '__proto__', 'constructor', '_10', ''];

function valueOf({ name, type }: MetadataField, index: number): unknown {
  const step = [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  const at = index + step;
  switch (type) {
    case 'BigInt': return [9007199254740993n, 2_147_483_648, 7, -7, 0, 9007199254740992n][at % 6];
    case '[Int]': return [[], [1], [1, 2], [2, 1, 1], [3, 2, 1], [7, 7]][at % 6];
    case 'DateTime': return ['2026-03-14T20:00:00Z', '2026-03-14T20:00:00.000001Z', '2026-03-14T22:00:00+02:00', '2026-03-15T04:59:59.5Z', '1999-12-31T23:59:59Z'][at % 5];
    case 'String': return ['DL0', 'DL1', 'dl0', 'monitoring', 'ä', ''][at % 6];
    case 'Boolean': return at % 2 === 0;
    default: return at % 4;
  }
}

function fileRow(index: number, fields: readonly MetadataField[]): JsonRow {
  const scope = ['odd', 'odd', 'more', 'user.odd'][index % 4]!;
  const odd = oddNames[Math.floor(index / 2) % oddNames.length]!;
  // Every set of missing values comes up: each field follows another rhythm.
  const registered = Object.fromEntries(fields.map((field, place) => [field.column, (index >> place % 8) % 2 === 0 && place % 3 !== index % 3 ? null : valueOf(field, Math.floor(index / 3))]));
  const metadata = Object.fromEntries(oddKeys.flatMap((key, place) => (((index + place) % 4 === 0) ? [] : [[key, stored[(index * (place + 1)) % stored.length]]])));
  return {
    id: BASE + index, scope, name: index % 2 ? `/ctao/${scope}/part-${index % 7}/file-${String(index).padStart(4, '0')}.fits` : `/ctao/${scope}/${odd}/${index}`,
    account: ['root', 'Root', 'ops'][index % 3], bytes: [0, 1, 1000, 1000, 9007199254740993n, 2 ** 31, 4611686018427387904n][index % 40 === 6 ? 6 : index % 6],
    adler32: index % 5 ? hex(index, 8) : null, md5: index % 7 ? null : hex(index, 8).repeat(4),
    created_at: `2026-0${1 + index % 3}-01T00:00:00${['', '.5', '.123456'][index % 3]}Z`, updated_at: '2026-06-01T12:00:00Z', metadata, ...registered,
  };
}

const states = ['AVAILABLE', 'AVAILABLE', 'UNAVAILABLE', 'COPYING', 'BEING_DELETED', 'BAD', 'TEMPORARY_UNAVAILABLE'];
const rseNames = ['ODD-DISK', 'ODD-TAPE', 'BARE', 'PATHS', 'HASHED', 'GONE', 'ODD-DISK'];

function rseRows(): JsonTables {
  const id = (index: number) => BASE + index;
  // The last one is deleted, and another has its name again; GONE is deleted, too.
  const rse = rseNames.map((name, index) => ({
    id: id(index), rse_id: uuid(index), name, type: index === 1 ? 'TAPE' : 'DISK', deterministic: name !== 'PATHS', availability_read: index !== 2, availability_write: true, availability_delete: index % 2 === 0,
    facts: { rse: name, rse_type: index === 1 ? 'TAPE' : 'DISK', deterministic: name !== 'PATHS', availability_read: index !== 2, availability_write: true, availability_delete: index % 2 === 0 }, deleted: index >= 5,
  }));
  const attribute = (index: number, values: Record<string, string>) => Object.entries({ [rseNames[index]!]: 'true', ...values }).map(([key, value]) => ({ rse_id: id(index), key, value }));
  const protocol = (index: number, values: object) => ({
    rse_id: id(index), scheme: 'davs', hostname: 'storage.example', port: 443, prefix: '/data', impl: 'rucio.rse.protocols.gfal.Default', extended_attributes: null, read_lan: 1, write_lan: 1, delete_lan: 1,
    read_wan: 2, write_wan: null, delete_wan: 2, third_party_copy_read: 1, third_party_copy_write: null, ...values,
  });
  return {
    rse,
    rse_attribute: [
      ...attribute(0, { site: 'ODD', OFFSITE: 'true', location: 'Oddville', QOS: 'DISK', secret: 'hidden', tier: '1' }), ...attribute(1, { site: 'ODD', OFFSITE: 'true', QOS: 'TAPE', tier: '2' }),
      ...attribute(3, { OFFSITE: 'false', site: 'true', ONSITE: 'true' }), ...attribute(4, { lfn2pfn_algorithm: 'hash', site: 'ODD', OFFSITE: 'True' }), ...attribute(5, { site: 'ODD', OFFSITE: 'true' }),
    ],
    rse_protocol: [
      protocol(0, {}), protocol(0, { scheme: 'root', port: 1094, impl: 'rucio.rse.protocols.xrootd.Default', prefix: '//data/', read_lan: 2, read_wan: 1 }), protocol(0, { scheme: 'file', hostname: '', port: 0, impl: 'rucio.rse.protocols.posix.Default', read_wan: null }),
      protocol(1, { scheme: 'srm', port: 8443, prefix: 'tape', extended_attributes: '{"web_service_path": "/srm?SFN=", "space_token": "T"}' }), protocol(3, { port: 0 }), protocol(4, { impl: 'rucio.rse.protocols.webdav.Default' }), protocol(5, {}),
    ],
    rse_usage: [
      { rse_id: id(0), source: 'rucio', used: 9007199254740993n, free: 1, files: 3, updated_at: '2026-06-01T00:00:00.25Z' }, { rse_id: id(0), source: 'storage', used: null, free: 5, files: null, updated_at: '2026-06-01T00:00:00Z' },
      { rse_id: id(1), source: 'storage', used: 5, free: null, files: 0, updated_at: '2026-06-01T00:00:00Z' },
    ],
  };
}

/** odd:/ctao/odd/c0 > c1 > c2 > c3 > d1; d2 is in c0 and c2; d3 and c4 are empty; d4 holds more than a page; d5 is held by nothing. */
const collectionNames = ['c0', 'c1', 'c2', 'c3', 'c4', 'd1', 'd2', 'd3', 'd4', 'd5', 'd%_'];
const contents: readonly [string, string][] = [['c0', 'c1'], ['c1', 'c2'], ['c2', 'c3'], ['c3', 'd1'], ['c0', 'd2'], ['c2', 'd2'], ['c0', 'd3'], ['c0', 'c4'], ['c1', 'd4']];
const collectionId = (name: string) => BASE + collectionNames.indexOf(name);

function collectionRows(): JsonTables {
  const members = (name: string, fits: (index: number) => boolean) => Array.from({ length: FILES }, (_, index) => index).filter(fits).map((index) => ({ collection_id: collectionId(name), file_id: BASE + index }));
  return {
    collection: collectionNames.map((name, index) => ({
      id: collectionId(name), scope: name === 'd2' ? 'more' : 'odd', name: `/ctao/${name === 'd2' ? 'more' : 'odd'}/${name}`, did_type: name.startsWith('c') ? 'CONTAINER' : 'DATASET', account: ['root', 'ops'][index % 2],
      is_open: index % 3 !== 0, created_at: `2026-01-01T00:00:0${index % 3}.${index % 2 ? '5' : '25'}Z`, updated_at: '2026-06-01T12:00:00Z', metadata: index % 4 ? { odd: stored[index], night: '2026-03-14' } : {},
    })),
    content_collection: contents.map(([parent, child]) => ({ collection_id: collectionId(parent), child_id: collectionId(child) })),
    content_file: [...members('d1', (index) => index % 9 === 0), ...members('d2', (index) => index % 6 === 0), ...members('d4', (index) => index % 4 < 2), ...members('d5', (index) => index === 3), ...members('d%_', (index) => index < 3)],
  };
}

function ruleRows(): JsonRow[] {
  const on: readonly (readonly [scope: string, name: string, type: string])[] = [
    ['odd', '/ctao/odd/c0', 'CONTAINER'], ['odd', '/ctao/odd/c3', 'CONTAINER'], ['more', '/ctao/more/d2', 'DATASET'], ['odd', '/ctao/odd/d1', 'DATASET'], ['odd', '/ctao/odd/d4', 'DATASET'],
    ['odd', '/ctao/odd/part-1/file-0001.fits', 'FILE'], ['odd', '/ctao/odd/part-2/file-0009.fits', 'FILE'], ['odd', '/ctao/odd/not-there', 'FILE'],
  ];
  const ruleStates = ['REPLICATING', 'OK', 'STUCK', 'SUSPENDED', 'WAITING_APPROVAL', 'INJECT'];
  return Array.from({ length: 24 }, (_, index) => {
    const [scope, name, didType] = on[index % on.length]!;
    return {
      id: uuid(100 + index), scope, name, did_type: didType, account: ['root', 'ops'][index % 2], rse_expression: ['ODD-DISK', 'tier=1|tier=2', 'site=ODD\\ODD-TAPE'][index % 3], source_replica_expression: index % 4 ? null : 'BARE', copies: 1 + index % 3,
      state: ruleStates[index % 6], grouping: index % 5 ? 'DATASET' : null, activity: index % 7 ? 'User Subscriptions' : null, locks_ok_cnt: index, locks_replicating_cnt: index % 2, locks_stuck_cnt: index % 3, locked: index % 2 === 0,
      error: index % 6 === 2 ? 'No "route" to RSE\\' : null, expires_at: index % 3 ? null : '2027-01-01T00:00:00Z', created_at: `2026-02-0${1 + index % 3}T00:00:00.${index % 4}Z`, updated_at: '2026-06-01T12:00:00Z',
    };
  });
}

/** Rows that lie in wait for what is easily got wrong: missing values in every combination, equal keys, odd texts and numbers, all states, deleted RSEs. */
export function oddRows(fields: readonly MetadataField[]): JsonTables {
  const file = Array.from({ length: FILES }, (_, index) => fileRow(index, fields));
  const replica = file.flatMap((row, index) => rseNames.flatMap((_, at) => ((index + at) % 3 === 0 ? [] : [{
    file_id: row['id'], rse_id: BASE + at, state: states[(index + at * 2) % states.length], bytes: row['bytes'], adler32: index % 4 ? row['adler32'] : null,
    path: at === 3 && index % 5 ? `/elsewhere/${index}` : null, created_at: '2026-06-01T00:00:00.1Z', updated_at: '2026-06-02T00:00:00Z',
  }])));
  return { ...rseRows(), file, replica, ...collectionRows(), rule: ruleRows() };
}
