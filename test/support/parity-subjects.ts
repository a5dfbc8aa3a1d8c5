import type { ParityCatalogue, ParityDid, Value } from './parity-catalogue.js';
import type { Group } from './parity-dnf.js';

/** A list as Postgres writes it. */
export const listText = (value: readonly Value[]) => `[${value.map((one) => JSON.stringify(one)).join(', ')}]`;

/** How Rucio compares: texts by their bytes, numbers as floats, exact numbers and lists by their text, times on columns as times. */
export type Kind = 'text' | 'number' | 'exact' | 'flag' | 'list';
export type Family = 'String' | 'BigInt' | 'DateTime' | 'IntList' | 'Json';

export interface Source {
  readonly key: string;
  /** Groups of which each tells values of the right type from others, where wrongly typed ones exist. */
  readonly guards: readonly Group[];
}

/** Something that a filter can ask for. */
export interface Subject {
  readonly name: string;
  readonly family: Family;
  readonly kind: Kind;
  readonly operators: readonly string[];
  /** Keys in Rucio, the strongest first. */
  readonly sources: readonly Source[];
  readonly plugin: 'column' | 'json' | 'both';
  /** Whether DidFilter has it, too. */
  readonly onCollections: boolean;
  readonly ranges: boolean;
  readonly where: (condition: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
  /** The value as dipper's filter takes it. */
  readonly show: (value: Value) => Value;
  readonly read: (did: ParityDid) => Value | undefined;
  /** All values there are, in order. */
  readonly values: readonly Value[];
  /** Where texts are asked for: how values of other types look as text, and texts with letters that patterns must escape. */
  readonly tricky: readonly string[];
}

const equality = ['eq', 'ne', 'in', 'notIn'];
const order = ['lt', 'lte', 'gt', 'gte'];
const operators: Readonly<Record<Family, readonly string[]>> = {
  String: [...equality, 'startsWith', 'contains', 'like', 'isNull'], BigInt: [...equality, ...order, 'isNull'], DateTime: ['eq', 'ne', ...order, 'isNull'],
  IntList: ['eq', 'containsAll', 'containsAny', 'containedIn', 'isNull'], Json: [],
};
const jsonOperators: Readonly<Record<Kind, readonly string[]>> = {
  text: [...equality, ...order, 'startsWith', 'like', 'isNull'], number: [...equality, ...order, 'isNull'], exact: [...equality, ...order, 'isNull'],
  flag: [...equality, 'isNull'], list: [...equality, 'contains', 'isNull'],
};

const text = (value: string) => ({ value });
const guard = (key: string, ...parts: [Group[number]['sign'], string][]): Group => parts.map(([sign, value]) => ({ key, sign, ...text(value) }));
// Rucio reads any JSON value as text or as number. What tells the types apart is how the catalogue's wrongly typed values begin.
const guards: Readonly<Record<string, readonly Group[]>> = {
  parity_flag: [guard('parity_flag', ['<', 'y'])],
  parity_gain: [guard('parity_gain', ['!=', '+*']), guard('parity_gain', ['>', ','])],
  parity_mixed: [guard('parity_mixed', ['=', 'T*']), guard('parity_mixed', ['>=', 'T'], ['<', 'U'])],
  data__type: [guard('data__type', ['>', ':']), guard('data__type', ['!=', '7*'])],
  data_type: [guard('data_type', ['>', ':']), guard('data_type', ['!=', '7*'])],
  adler32: [guard('adler32', ['=', '**']), guard('adler32', ['>=', ' '])],
};
const source = (key: string): Source => ({ key, guards: guards[key] ?? [] });

/** Order of values of one type: numbers by value, texts by their bytes. */
export function inOrder(a: Value, b: Value): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a! < b! ? -1 : a! > b! ? 1 : 0;
}

const fits: Readonly<Record<Kind, (value: Value) => boolean>> = {
  text: (value) => typeof value === 'string', number: (value) => typeof value === 'number', exact: (value) => typeof value === 'bigint',
  flag: (value) => typeof value === 'boolean', list: Array.isArray,
};

type Given = Pick<Subject, 'name' | 'family' | 'kind' | 'plugin'> & Partial<Subject> & { readonly keys: readonly string[] };

function subjectIn({ dids }: ParityCatalogue, given: Given): Subject {
  const { name, family, kind, keys } = given;
  const ofKind = (value: Value | undefined) => (value !== undefined && value !== null && fits[kind](value) ? value : undefined);
  const read = given.read ?? ((did: ParityDid) => keys.map((key) => ofKind(did.metadata?.[key])).find((value) => value !== undefined));
  const different = new Map(dids.map(read).filter((value) => value !== undefined && value !== null).map((value) => [String(value), value]));
  const stored = family === 'Json' && kind === 'text' ? dids.map(({ metadata }) => metadata?.[keys[0]!] ?? null).filter((value) => value !== null) : [];
  const tricky = stored.map((value) => (Array.isArray(value) ? listText(value) : String(value))).filter((text, index) => ofKind(stored[index]) === undefined || /[\\%]/.test(text));
  return {
    tricky: [...new Set(tricky)],
    operators: family === 'Json' ? jsonOperators[kind] : operators[family], sources: keys.map(source), onCollections: family === 'Json', ranges: true,
    where: family === 'Json' ? (condition) => ({ metadata: [{ key: keys[0], ...condition }] }) : (condition) => ({ [name]: condition }),
    show: family === 'DateTime' && given.plugin === 'json' ? (value) => `${String(value)}Z` : (value) => value,
    ...given, read, values: [...different.values()].sort(inOrder),
  };
}

const json: readonly [key: string, kind: Kind][] = [
  ['parity_run', 'number'], ['parity_zenith', 'number'], ['parity_gain', 'number'], ['parity_serial', 'exact'], ['parity_largest', 'exact'], ['parity_target', 'text'], ['parity_note', 'text'],
  ['parity_time', 'text'], ['parity_mixed', 'text'], ['parity_flag', 'flag'], ['parity_list', 'list'], ['parity_tags', 'list'],
];
const registry: readonly [name: string, family: Family, kind: Kind, ...keys: string[]][] = [
  ['obsId', 'BigInt', 'number', 'instance__obs_id', 'obs_id'], ['sbId', 'BigInt', 'number', 'acquisition__sb_id', 'sb_id'],
  ['subarrayId', 'BigInt', 'number', 'instance__subarray_id'], ['chunkId', 'BigInt', 'number', 'instance__chunk_id'],
  ['startTime', 'DateTime', 'text', 'observation__coverage__time__t_min'], ['endTime', 'DateTime', 'text', 'observation__coverage__time__t_max'],
  ['dataType', 'String', 'text', 'data__type', 'data_type'], ['dataLevel', 'String', 'text', 'data__level', 'data_level'],
  ['dataDivision', 'String', 'text', 'data__division'], ['dataAssociation', 'String', 'text', 'data__association'],
  ['observingNight', 'String', 'text', 'instance__observing_night'], ['siteId', 'String', 'text', 'instance__site_id'],
  ['category', 'String', 'text', 'instance__category'], ['release', 'String', 'text', 'curation__release'], ['telIds', 'IntList', 'list', 'tel_ids'],
];

/** All that both Rucio and dipper can be asked for, with the values that the catalogue has. */
export const paritySubjects = (catalogue: ParityCatalogue): readonly Subject[] => [
  { name: 'name', family: 'String' as const, kind: 'text' as const, plugin: 'both' as const, keys: ['name'], onCollections: true, ranges: false, read: (did: ParityDid) => did.name },
  { name: 'bytes', family: 'BigInt' as const, kind: 'number' as const, plugin: 'column' as const, keys: ['bytes'], read: (did: ParityDid) => did.bytes },
  { name: 'adler32', family: 'String' as const, kind: 'text' as const, plugin: 'column' as const, keys: ['adler32'], read: (did: ParityDid) => did.adler32 },
  { name: 'createdAt', family: 'DateTime' as const, kind: 'text' as const, plugin: 'column' as const, keys: ['created_at'], onCollections: true, read: (did: ParityDid) => did.created_at },
  ...json.map(([key, kind]): Given => ({ name: key, family: 'Json', kind, plugin: 'json', keys: [key] })),
  ...registry.map(([name, family, kind, ...keys]): Given => ({ name, family, kind, plugin: 'json', keys })),
].map((given) => subjectIn(catalogue, given));
