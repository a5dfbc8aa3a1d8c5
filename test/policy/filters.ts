import type { Input } from '../support/naive/conditions.js';
import type { CollectionRow, FileRow, Tables } from '../support/naive/tables.js';
import type { Random } from './random.js';

const lfn = /^\/[A-Za-z0-9][A-Za-z0-9/._-]*$/;
const rfc = (text: unknown) => String(text).replace(' ', 'T').replace(/\+00$/, 'Z');

/** Names that stand for nothing, beside each that does; as long, so that asking for them costs the same. */
export const absent = ({ name }: { readonly name: string }): string => `${name.slice(0, -1)}-`;

/** A condition or two that files of the archive fit, hidden or not. */
export function fileFilter(random: Random, { file, collection }: Tables, isForPolicy = false): Input {
  const row = random.pick(file);
  const column = (name: string) => row[name];
  const kinds: (() => Input | undefined)[] = [
    () => ({ scope: { [random.pick(['eq', 'ne'])]: row.scope } }),
    () => ({ scope: { in: [row.scope, random.pick(file).scope] } }),
    () => ({ name: { startsWith: row.name.slice(0, 5 + random.below(row.name.length)) } }),
    () => ({ name: { eq: random.chance(0.5) ? row.name : absent(row) } }),
    () => ({ name: { contains: random.pick(['part-1', 'TEL001', 'odd', '%']) } }),
    () => ({ account: { [random.pick(['eq', 'ne'])]: row.account } }),
    () => ({ bytes: { [random.pick(['gte', 'lt'])]: String(row.bytes) } }),
    () => (typeof column('data_type') === 'string' ? { dataType: { eq: column('data_type') } } : { dataType: { isNull: true } }),
    () => (typeof column('data_level') === 'string' ? { dataLevel: { in: [column('data_level'), 'DL9'] } } : { dataLevel: { isNull: true } }),
    () => (column('obs_id') !== null ? { obsId: { eq: String(column('obs_id')) } } : { obsId: { isNull: true } }),
    () => (typeof column('end_time') === 'string' ? { endTime: { [random.pick(['lte', 'gt', 'eq'])]: rfc(column('end_time')) } } : { endTime: { isNull: true } }),
    () => ({ metadata: [{ key: random.pick(['odd', 'night', 'data_level', 'obs_id']), isNull: random.chance(0.5) }] }),
  ];
  const within = () => { const holder = random.pick(collection); return lfn.test(holder.name) ? { within: holder.name } : undefined; };
  if (!isForPolicy) kinds.push(
    within, within, within,
    () => ({ replica: { state: [random.pick(['AVAILABLE', 'BAD', 'COPYING'])] } }),
  );
  const one = () => random.pick(kinds)() ?? { scope: { eq: row.scope } };
  if (random.chance(0.15)) return { not: one() };
  if (random.chance(0.2)) return { or: [one(), one()] };
  return random.chance(0.3) ? { and: [one(), one()] } : one();
}

export function collectionFilter(random: Random, { collection }: Tables, isForPolicy = false): Input {
  const row: CollectionRow = random.pick(collection);
  const kinds: (() => Input)[] = [
    () => ({ scope: { eq: row.scope } }), () => ({ name: { startsWith: row.name.slice(0, 6 + random.below(row.name.length)) } }),
    () => ({ name: { ne: row.name } }), () => ({ account: { eq: row.account } }), () => ({ metadata: [{ key: 'odd', isNull: random.chance(0.5) }] }),
  ];
  if (!isForPolicy && lfn.test(row.name)) kinds.push(() => ({ within: row.name }));
  return random.pick(kinds)();
}

/** Times about which files of the archive differ. */
export const moments = (file: readonly FileRow[]): string[] => [...new Set(file.flatMap(({ end_time: end }) => (typeof end === 'string' ? [rfc(end)] : [])))].sort();
