import type { Dnf, Literal } from './parity-dnf.js';

/** Where Rucio means something else by the words of a filter than dipper does. */
export interface NamedDifference {
  readonly name: string;
  readonly reason: string;
  readonly where: Readonly<Record<string, unknown>>;
  /** The same question in the same words. */
  readonly rucio: Dnf;
  /** What Rucio does then: finds more, finds less, or refuses with this exception. */
  readonly gives: 'more' | 'less' | 'InvalidMetadata' | 'DatabaseException';
  /** The words in which Rucio means what dipper means, where it has such words; the random filters use these. */
  readonly instead?: Dnf;
}

const is = (key: string, value: Literal['value'], sign: Literal['sign'] = '='): Literal => ({ key, sign, value });
const metadata = (key: string, condition: object) => ({ metadata: [{ key, ...condition }] });

/** The whole list; each entry is shown to be true. All other differences are bugs. */
export const namedDifferences: readonly NamedDifference[] = [
  {
    name: 'a missing column differs from any value', reason: 'Rucio adds "or is null" to != on columns; in dipper a comparison with a missing value is false.',
    where: { adler32: { ne: 'aa0100ff' } }, rucio: [[is('adler32', 'aa0100ff', '!=')]], gives: 'more', instead: [[is('adler32', 'aa0100ff', '!='), is('adler32', '**')]],
  },
  {
    name: 'metadata compared as text', reason: 'Rucio compares the text of any JSON value, also of a number or a list; in dipper another type never matches.',
    where: metadata('parity_mixed', { ne: 'T_a' }), rucio: [[is('parity_mixed', 'T_a', '!=')]], gives: 'more', instead: [[is('parity_mixed', 'T_a', '!='), is('parity_mixed', 'T*')]],
  },
  {
    name: 'text taken for a number', reason: 'Rucio casts the stored value, so that the text "+12" is 12.',
    where: metadata('parity_gain', { gt: 5 }), rucio: [[is('parity_gain', 5, '>')]], gives: 'more', instead: [[is('parity_gain', 5, '>'), is('parity_gain', '+*', '!=')]],
  },
  {
    name: 'text taken for a truth value', reason: 'Rucio casts the stored value, so that the text "yes" is true.',
    where: metadata('parity_flag', { eq: true }), rucio: [[is('parity_flag', true)]], gives: 'more', instead: [[is('parity_flag', true), is('parity_flag', 'y', '<')]],
  },
  {
    name: 'numbers as floats', reason: 'Rucio compares numbers of the metadata as doubles, which round beyond 2^53; dipper compares exactly.',
    where: metadata('parity_serial', { eq: 9007199254740993n }), rucio: [[is('parity_serial', 9007199254740992)]], gives: 'more', instead: [[is('parity_serial', '9007199254740993*')]],
  },
  {
    name: 'one wrong type fails all', reason: 'Rucio casts every stored value to a number, and ends where one of the scope cannot be cast.',
    where: metadata('parity_broken', { gt: 12 }), rucio: [[is('parity_broken', 12, '>')]], gives: 'InvalidMetadata',
  },
  {
    name: 'the value read as a number', reason: 'Rucio reads a value that looks like a number as one, which no text column can be compared with.',
    where: { adler32: { eq: '10000007' } }, rucio: [[is('adler32', '10000007')]], gives: 'DatabaseException', instead: [[is('adler32', '10000007*')]],
  },
  {
    name: 'the value read as a time', reason: 'Rucio casts the stored JSON to a time, which fails on null; times with parts of a second are compared as texts.',
    where: metadata('parity_time', { gt: '2026-01-10T00:00:00' }), rucio: [[is('parity_time', '2026-01-10T00:00:00', '>')]], gives: 'InvalidMetadata', instead: [[is('parity_time', '2026-01-10T00:00:00-', '>')]],
  },
  {
    name: 'true within a text', reason: 'Rucio turns "true" into "True" anywhere in a value.',
    where: metadata('parity_note', { eq: 'so true' }), rucio: [[is('parity_note', 'so true')]], gives: 'less', instead: [[is('parity_note', 'so tru*')]],
  },
  {
    name: 'patterns in equality', reason: 'In Rucio * and % are wildcards wherever equality is asked for; in dipper they are letters but for % in like.',
    where: metadata('parity_note', { eq: '5%' }), rucio: [[is('parity_note', '5%')]], gives: 'more',
  },
  {
    name: 'a backslash in a pattern', reason: 'Rucio does not escape it, so that it makes the next letter literal and vanishes; a range says the same.',
    where: metadata('parity_note', { startsWith: 'C:\\d' }), rucio: [[is('parity_note', 'C:\\d*')]], gives: 'less', instead: [[is('parity_note', 'C:\\d', '>='), is('parity_note', 'C:\\e', '<')]],
  },
  {
    name: 'several keys of one field', reason: 'A field of the registry reads several keys, the first that has a value of the type; Rucio knows keys only.',
    where: { obsId: { gte: 200000020 } }, rucio: [[is('instance__obs_id', 200000020, '>=')]], gives: 'less', instead: [[is('instance__obs_id', 200000020, '>=')], [is('instance__obs_id', null), is('obs_id', 200000020, '>=')]],
  },
  {
    name: 'columns beside metadata', reason: "Rucio refuses filters across its metadata plugins, and takes name.ne for a column's; dipper mixes freely.",
    where: { bytes: { gt: 100000 }, ...metadata('parity_run', { gt: 20 }) }, rucio: [[is('bytes', 100000, '>'), is('parity_run', 20, '>')]], gives: 'InvalidMetadata',
  },
  {
    name: 'the type of the DID', reason: 'Filters on metadata find DIDs of all types, whatever type was asked for; dipper has one root field a type.',
    where: metadata('parity_run', { gt: 20 }), rucio: [[is('parity_run', 20, '>')]], gives: 'more',
  },
  {
    name: 'DIDs without any metadata', reason: 'Rucio has no row for them, so that no filter on metadata sees them; in dipper their attributes are missing.',
    where: metadata('parity_run', { isNull: true }), rucio: [[is('parity_run', null)]], gives: 'less',
  },
];
