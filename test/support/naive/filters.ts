import type { MetadataField } from '../../../src/domain/metadata-field.js';
import { withAllBelow, type Catalogue } from './catalogue.js';
import { given, metadataTest, refuse, tree, valueTest, type Input, type Test } from './conditions.js';
import { readLfn } from './names.js';
import type { CollectionRow, FileRow, RuleRow } from './tables.js';
import { microseconds } from './values.js';

const ownFields: Readonly<Record<string, [column: string, type: string]>> = {
  scope: ['scope', 'String'], name: ['name', 'String'], account: ['account', 'String'], bytes: ['bytes', 'BigInt'], adler32: ['adler32', 'String'],
  createdAt: ['created_at', 'DateTime'], updatedAt: ['updated_at', 'DateTime'], rseExpression: ['rse_expression', 'String'],
};

function columnTest(name: string, value: unknown, fields: readonly MetadataField[] = []): Test<Input> {
  const field = fields.find((one) => one.name === name);
  const [column, type] = field ? [field.column, field.type] : ownFields[name]!;
  const test = valueTest(type, value as Input);
  return (row) => test(row[column]);
}

/** Collections that lie in the one of this name, itself included; none where there is none. */
function below(catalogue: Catalogue, lfn: string): Set<CollectionRow> {
  const { scope, name } = readLfn(lfn);
  const top = catalogue.tables.collection.find((row) => row.scope === scope && row.name === name);
  return top ? withAllBelow(catalogue, top) : new Set();
}

function replicaTest(catalogue: Catalogue, input: Input): Test<FileRow> {
  if (given(input).length === 0) refuse('The condition on replicas is empty.');
  const { rse, state, dataCentre, minDataCentres, maxDataCentres } = input as { rse?: string; state?: string[]; dataCentre?: string; minDataCentres?: number; maxDataCentres?: number };
  const rses = new Set(catalogue.rsesOf(rse).map(({ id }) => id));
  const counted = minDataCentres !== undefined || maxDataCentres !== undefined;
  const states = state ?? (counted ? ['AVAILABLE'] : undefined);
  return (file) => {
    const fitting = catalogue.replicasOf(file).filter((replica) => rses.has(replica.rse_id)
      && (dataCentre === undefined || replica.rse.dataCentre === dataCentre) && (!states || states.includes(replica.state)));
    if (!counted) return fitting.length > 0;
    const centres = new Set(fitting.map((replica) => replica.rse.dataCentre)).size;
    return centres >= (minDataCentres ?? 0) && centres <= (maxDataCentres ?? Infinity);
  };
}

function overlapTest({ fields }: Catalogue['settings'], value: unknown): Test<Input> {
  const { from, to } = (value as { overlaps: { from: string; to: string } }).overlaps;
  const [first, last] = [microseconds(from), microseconds(to)];
  if (first > last) refuse('The interval ends before it begins.');
  const column = (name: string) => fields.find((field) => field.name === name)!.column;
  return (file) => {
    const [start, end] = [file[column('startTime')], file[column('endTime')]];
    return typeof start === 'string' && typeof end === 'string' && microseconds(start) <= last && microseconds(end) >= first;
  };
}

/** FileFilter. */
export const fileTest = (catalogue: Catalogue, where: Input): Test<FileRow> => tree(where, (name, value) => {
  if (name === 'replica') return replicaTest(catalogue, value as Input);
  if (name === 'metadata') return metadataTest(value as Input[]);
  if (name === 'time') return overlapTest(catalogue.settings, value);
  if (name !== 'within') return columnTest(name, value, catalogue.settings.fields);
  const files = new Set([...below(catalogue, value as string)].flatMap((collection) => catalogue.filesIn(collection)));
  return (file) => files.has(file);
});

/** DidFilter. */
export const collectionTest = (catalogue: Catalogue, where: Input): Test<CollectionRow> => tree(where, (name, value) => {
  if (name === 'metadata') return metadataTest(value as Input[]);
  if (name !== 'within') return columnTest(name, value);
  const [top, ...rest] = below(catalogue, value as string);
  return (collection) => collection !== top && rest.includes(collection);
});

/** RuleFilter. */
export const ruleTest = (where: Input): Test<RuleRow> => tree(where, (name, value) =>
  (name === 'state' ? (rule) => (value as string[]).includes(rule.state) : columnTest(name, value)));
