import type { Value } from './parity-catalogue.js';
import { and, columns, Inexpressible, not, or, type Dnf, type Group, type Literal, type Sign } from './parity-dnf.js';
import { inOrder, listText, type Source, type Subject } from './parity-subjects.js';

// dipper's operators said in Rucio's words. Where Rucio means something else by the same word, it is asked in another way that
// means what dipper means; parity-differences.ts names each such case and why.

/** Rucio writes these words with a capital, wherever they stand in a text. */
const ofPython = /true|TRUE|false|FALSE/;
/** Rucio takes text for a number or a list where it looks like one, unless it is a pattern. */
const looksLikePython = (value: string) => /^[\d.]+(e\d+)?$|^\[.*\]$/i.test(value);

function literal(key: string, { kind }: Subject, sign: Sign, value: Value): Literal {
  if (kind === 'number' || kind === 'flag') return { key, sign, value: value as number | boolean };
  const equality = sign === '=' || sign === '!=';
  if (kind === 'list' && equality) return { key, sign, value: `${listText(value as Value[])}*` };
  if (kind === 'exact') {
    // As texts, which all have as many digits: their order is the numbers'. The hyphen keeps Rucio from reading a number.
    if (equality) return { key, sign, value: `${String(value)}*` };
    const last = sign === '<=' || sign === '>' ? value as bigint : (value as bigint) - 1n;
    return { key, sign: sign.startsWith('<') ? '<' : '>', value: `${last}-` };
  }
  if (typeof value !== 'string' || /[*%]/.test(value) || ofPython.test(value)) throw new Inexpressible('a text that Rucio takes for something else');
  if (!looksLikePython(value)) return { key, sign, value };
  if (!equality) throw new Inexpressible('a text that Rucio takes for another type');
  return { key, sign, value: `${value}*` };
}

/** Of the guards that mean the same the one whose comparisons are not in the group yet: Rucio refuses to have one twice. */
function guarded(group: Group, { guards }: Source): Group {
  const clashes = (guard: Group) => guard.some(({ key, sign }) => group.some((one) => one.key === key && one.sign === sign));
  return guards.length === 0 ? group : [...group, ...(guards.find((one) => !clashes(one)) ?? guards[0]!)];
}

const isPresent = ({ key, guards }: Source): Dnf => (guards[0] ? [guards[0]] : columns.has(key) ? [[]] : [[{ key, sign: '!=', value: null }]]);

/** What holds for the first key that has a value of the type. */
function first(subject: Subject, form: (key: string) => Dnf): Dnf {
  const parts = subject.sources.map((source, index) => and(...subject.sources.slice(0, index).map((stronger) => not(isPresent(stronger))), form(source.key).map((group) => guarded(group, source))));
  return or(...parts);
}

export const compare = (subject: Subject, sign: Sign, value: Value): Dnf => first(subject, (key) => [[literal(key, subject, sign, value)]]);

/** In a pattern of Rucio's, only * means something, but for % and \ which cannot be told to mean themselves. */
export function pattern(subject: Subject, body: string): Dnf {
  if (/[%\\]/.test(body) || ofPython.test(body)) throw new Inexpressible('a letter that means something in a pattern');
  return first(subject, (key) => [[{ key, sign: '=', value: body }]]);
}

/** Whether there is a value; of another type counts as one for conditions on any attribute, not for fields. */
export function present(subject: Subject): Dnf {
  if (subject.family === 'Json') return [[{ key: subject.name, sign: '!=', value: null }]];
  const [source] = subject.sources;
  if (source!.guards.length === 0 && columns.has(source!.key)) return or(compare(subject, '=', subject.values[0]!), compare(subject, '!=', subject.values[0]!));
  return or(...subject.sources.map(isPresent));
}

export const oneOf = (subject: Subject, values: readonly Value[]): Dnf =>
  (values.length === 0 ? and(compare(subject, '=', subject.values[0]!), compare(subject, '!=', subject.values[0]!)) : or(...values.map((value) => compare(subject, '=', value))));

/** Between the values, since Rucio takes only one != for each key. */
export function noneOf(subject: Subject, values: readonly Value[]): Dnf {
  const sorted = [...new Set(values)].sort(inOrder);
  if (sorted.length === 0) return present(subject);
  if (sorted.length === 1) return compare(subject, '!=', sorted[0]!);
  if (!subject.ranges || subject.kind === 'list' || subject.kind === 'flag') throw new Inexpressible('several != on a key without order');
  const between = sorted.slice(1).map((value, index) => and(compare(subject, '>', sorted[index]!), compare(subject, '<', value)));
  return or(compare(subject, '<', sorted[0]!), ...between, compare(subject, '>', sorted.at(-1)!));
}

const shifted = (text: string, by: number) => text.slice(0, -1) + String.fromCharCode(text.charCodeAt(text.length - 1) + by);

export function startsWith(subject: Subject, prefix: string): Dnf {
  if (!/[*%\\]/.test(prefix)) return pattern(subject, `${prefix}*`);
  if (!subject.ranges) throw new Inexpressible('a prefix that means something in a pattern');
  // From the prefix itself, or from all that stands before it where it ends in a letter that Rucio refuses in a range.
  const from = /[*%]$/.test(prefix) ? compare(subject, '>', `${shifted(prefix, -1)}~`) : compare(subject, '>=', prefix);
  return and(from, compare(subject, '<', shifted(prefix, 1)));
}

/** Lists are compared by their text, [1, 2, 3]: where a member begins, where it ends. */
function members(subject: Subject, values: readonly Value[]): Dnf {
  const [begin, between, end] = [['[', '[*, '], [', ', ', *, '], [']*', ', *']];
  const bodies = values.map((value) => JSON.stringify(value)).reduce<string[]>((heads, value, index) => heads.flatMap((head) => (index === 0 ? begin : between).map((gap) => `${head}${gap}${value}`)), ['']);
  return or(...bodies.flatMap((body) => end.map((tail) => pattern(subject, `${body}${tail}`))));
}

export const containsAll = (subject: Subject, values: readonly Value[]): Dnf => members(subject, [...values].sort(inOrder));
export const containsAny = (subject: Subject, values: readonly Value[]): Dnf => or(...values.map((value) => members(subject, [value])));
export function containedIn(subject: Subject, values: readonly Value[]): Dnf {
  const subsets = [...values].sort(inOrder).reduce<Value[][]>((sets, value) => [...sets, ...sets.map((set) => [...set, value])], [[]]);
  return or(...subsets.map((set) => compare(subject, '=', set)));
}
