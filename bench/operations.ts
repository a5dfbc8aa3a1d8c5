import { readFileSync } from 'node:fs';
import path from 'node:path';
import { repository } from '../dev/repository.js';
import type { MetadataField } from '../src/domain/metadata-field.js';
import type { Samples } from './samples.js';

/** One question that is measured, with several sets of variables, which are asked in turn. */
export interface Operation {
  readonly name: string;
  /** File in bench/operations. */
  readonly document: string;
  readonly variables: readonly Readonly<Record<string, unknown>>[];
  /** The columns that an index on mirror.file begins with, which must be used; one of several, where either will do. None: it is known to cost. */
  readonly index: readonly (readonly string[])[];
  /** Keys of the cursor to go on after, as texts. */
  readonly after?: readonly (string | null)[];
  /** Most milliseconds of Postgres's CPU that are allowed for one request. */
  readonly budget?: number;
}

export const documentText = ({ document }: Pick<Operation, 'document'>): string => readFileSync(path.join(repository, 'bench', 'operations', `${document}.graphql`), 'utf8');

const PAGE = 5;
const where = (document: string, filters: readonly object[]) => ({ document, variables: filters.map((filter) => ({ where: filter })) });

/** Orders by what every DID has. */
const OWN_ORDERS = [
  { name: 'name', column: 'name', indexed: false, nullable: false }, { name: 'bytes', column: 'bytes', indexed: false, nullable: false },
  { name: 'createdAt', column: 'created_at', indexed: true, nullable: false }, { name: 'updatedAt', column: 'updated_at', indexed: true, nullable: false },
];

/** A page in each order that the schema offers, both ways, and where the values are missing. */
function orders(fields: readonly MetadataField[], { deep }: Samples): Operation[] {
  const registered = fields.filter(({ sortable }) => sortable).map(({ name, column, indexed }) => ({ name, column, indexed, nullable: true }));
  return [...OWN_ORDERS, ...registered].flatMap(({ name, column, indexed, nullable }) => ['ASC', 'DESC'].flatMap((direction): Operation[] => {
    const field = name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
    const order = { document: 'page-where', variables: [{ orderBy: [{ field, direction }] }], ...(indexed ? { index: [[column]], budget: PAGE } : { index: [] }) };
    const title = `page by ${name} ${direction.toLowerCase()}`;
    return [{ name: title, ...order }, ...(nullable ? [{ name: `${title}, missing`, ...order, index: indexed ? [[column], ['scope', 'name']] : [], after: [null, deep.scope, deep.name] }] : [])];
  }));
}

/** All operations that are measured; the first is the page that is compared with the floor and the peers. */
export function operations(fields: readonly MetadataField[], samples: Samples): Operation[] {
  const { observations, runs, lfns, deep } = samples;
  const window = observations.map(({ from, until, telescope }) => ({ startTime: { gte: from, lt: until }, telIds: { containsAny: [telescope] } }));
  return [
    { name: 'page', document: 'page', variables: observations.map(({ obsId }) => ({ obsId, dataType: 'monitoring' })), index: [['obs_id']], budget: PAGE },
    { name: 'page of a time window and telescope', document: 'page-where', index: [['start_time']], budget: PAGE,
      variables: window.map((filter) => ({ where: filter, orderBy: [{ field: 'START_TIME', direction: 'ASC' }] })) },
    { name: 'page deep inside', ...where('page-where', [{ dataLevel: { eq: deep.dataLevel } }]), after: [deep.scope, deep.name], index: [['data_level']], budget: PAGE },
    { name: 'page of 31 observations', ...where('page-where', runs.map((ids) => ({ obsId: { in: ids }, dataType: { eq: 'monitoring' } }))), index: [['obs_id'], ['data_type']], budget: PAGE },
    { name: 'file by LFN', document: 'file', variables: lfns.slice(0, 1000).map((lfn) => ({ lfn })), index: [['scope', 'name']], budget: 0.3 },
    { name: '1000 files by LFN', document: 'files-by-lfn', variables: Array.from({ length: 15 }, (_, n) => ({ lfns: lfns.slice(n * 1000, n * 1000 + 1000) })), index: [['scope', 'name']], budget: 25 },
    { name: 'page of a rare attribute', ...where('page-where', [{ metadata: [{ key: 'quality', eq: 99 }] }]), index: [['metadata']], budget: PAGE },
    { name: 'page of a common attribute', ...where('page-where', [{ metadata: [{ key: 'weather', eq: 'clear' }] }]), index: [['scope', 'name']], budget: PAGE },
    { name: 'facet of a night', ...where('facet', observations.map(({ night }) => ({ observingNight: { eq: night } }))), index: [['observing_night']] },
    { name: 'count of an observation', ...where('count', observations.map(({ obsId }) => ({ obsId: { eq: obsId } }))), index: [['obs_id']] },
    ...orders(fields, samples),
  ];
}
