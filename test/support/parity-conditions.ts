import type { ParityDid, Value } from './parity-catalogue.js';
import { and, Inexpressible, not, or, type Dnf, type Sign } from './parity-dnf.js';
import type { Random } from './parity-random.js';
import { compare, containedIn, containsAll, containsAny, noneOf, oneOf, pattern, present, startsWith } from './parity-rucio-forms.js';
import type { Subject } from './parity-subjects.js';

/** One and the same condition as dipper's filter and as Rucio's. */
export interface Condition {
  readonly where: Readonly<Record<string, unknown>>;
  readonly dnf: Dnf;
  /** Operators in it, such as String.eq. */
  readonly uses: readonly string[];
  readonly subjects: readonly Subject[];
}

interface Draw { readonly subject: Subject; readonly random: Random; readonly value: Value }
interface Drawn { readonly operand: unknown; readonly dnf: Dnf }

const escaped = (text: string) => text.replace(/[\\%_]/g, '\\$&');

function another({ subject, random, value }: Draw): Value {
  const one = random.pick(subject.values);
  return one === value && random() < 0.9 ? random.pick(subject.values) : one;
}

/** A value from the stretch on that side of the witness's own, the own now and then. */
function beside({ subject: { values }, random, value }: Draw, side: -1 | 1): Value {
  const at = values.indexOf(value);
  if (at < 0 || random() < 0.2) return random.pick(values);
  const reach = 1 + Math.floor(values.length / 2);
  return values[Math.min(values.length - 1, Math.max(0, at + side * random.below(reach)))]!;
}

function several(draw: Draw, withOwn: boolean): Value[] {
  const { random, value, subject } = draw;
  if (random() < 0.1) return [];
  const most = subject.kind === 'list' || subject.kind === 'flag' || !subject.ranges ? 1 : 3;
  return [...new Set([...(withOwn ? [value] : []), ...Array.from({ length: withOwn ? random.below(4) : 1 + random.below(most) }, () => another(draw))])];
}

/** The text in two, the first of them with at least one letter, often up to one that patterns must escape; no letter is cut in half. */
function cut(random: Random, text: string): [head: string, tail: string] {
  const letters = [...text];
  const special = letters.flatMap((letter, index) => (/[\\%_]/.test(letter) ? [index + 1] : []));
  const at = special.length > 0 && random() < 0.4 ? random.pick(special) : 1 + random.below(letters.length);
  return [letters.slice(0, at).join(''), letters.slice(at).join('')];
}

/** A piece of the text, of at least one letter. */
function piece(random: Random, text: string): string {
  const [head, tail] = cut(random, text);
  return cut(random, tail || head)[0];
}

function like({ subject, random, value }: Draw): Drawn {
  const text = String(value);
  const [head, tail] = cut(random, text);
  const dice = random();
  if (dice < 0.25) return { operand: `${escaped(head)}%`, dnf: startsWith(subject, head) };
  if (dice < 0.45 && tail) return { operand: `%${escaped(tail)}`, dnf: pattern(subject, `*${tail}`) };
  if (dice < 0.6) return { operand: `${escaped(head)}%${escaped(tail)}`, dnf: pattern(subject, `${head}*${tail}`) };
  if (dice < 0.7) return { operand: escaped(text), dnf: compare(subject, '=', text) };
  // Rucio has no mark for one letter: it is asked for all values that there are and fit.
  const letters = [...text];
  const at = letters.includes('_') ? letters.indexOf('_') : random.below(letters.length);
  const fitting = subject.values.filter((one) => {
    const other = [...String(one)];
    return other.length === letters.length && other.every((letter, index) => index === at || letter === letters[index]);
  });
  return { operand: letters.map((letter, index) => (index === at ? '_' : escaped(letter))).join(''), dnf: oneOf(subject, fitting) };
}

const one = (sign: Sign, choose: (draw: Draw) => Value) => (draw: Draw): Drawn => {
  const value = choose(draw);
  return { operand: draw.subject.show(value), dnf: compare(draw.subject, sign, value) };
};
const many = (form: (subject: Subject, values: readonly Value[]) => Dnf, choose: (draw: Draw) => readonly Value[]) => (draw: Draw): Drawn => {
  const values = choose(draw);
  return { operand: draw.random() < 0.5 ? values : [...values].reverse(), dnf: form(draw.subject, values) };
};
const own = ({ value }: Draw) => value;
const ownOrBeside = (side: -1 | 1) => (draw: Draw) => (draw.random() < 0.4 ? draw.value : beside(draw, side));
const list = ({ value }: Draw) => value as readonly Value[];
const anyMember = ({ subject, random }: Draw) => random.pick(subject.values.filter((values) => (values as Value[]).length > 0) as Value[][]);

const draws: Readonly<Record<string, (draw: Draw) => Drawn>> = {
  eq: one('=', own), ne: one('!=', another), lt: one('<', ownOrBeside(1)), lte: one('<=', ownOrBeside(1)), gt: one('>', ownOrBeside(-1)), gte: one('>=', ownOrBeside(-1)),
  in: many(oneOf, (draw) => several(draw, true)), notIn: many(noneOf, (draw) => several(draw, false)),
  startsWith: ({ subject, random, value }) => {
    // What stands elsewhere in a text must not count as its beginning.
    const prefix = random() < 0.15 ? piece(random, String(value)) : cut(random, String(value))[0];
    return { operand: prefix, dnf: startsWith(subject, prefix) };
  },
  contains: (draw) => {
    const { subject, random, value } = draw;
    if (subject.kind === 'list') {
      const member = random.pick(random() < 0.7 && list(draw).length ? list(draw) : anyMember(draw));
      return { operand: member, dnf: containsAny(subject, [member]) };
    }
    const part = piece(random, String(value));
    return { operand: part, dnf: pattern(subject, `*${part}*`) };
  },
  like,
  containsAll: many(containsAll, (draw) => draw.random.some(1 + draw.random.below(2), list(draw).length ? list(draw) : anyMember(draw))),
  containsAny: many(containsAny, (draw) => draw.random.some(1 + draw.random.below(2), anyMember(draw))),
  containedIn: many(containedIn, (draw) => [...new Set([...draw.random.some(3, list(draw)), ...draw.random.some(1, anyMember(draw))])]),
  isNull: ({ subject, random }) => {
    const operand = random() < 0.5;
    return { operand, dnf: operand ? not(present(subject)) : present(subject) };
  },
};

/** Conditions of one subject with these operators, all on one input object; most hold for the witness. */
export function condition(subject: Subject, operators: readonly string[], random: Random, witness: ParityDid): Condition {
  const value = subject.read(witness) ?? random.pick(subject.values);
  const drawn = operators.map((name) => {
    // The own value of a list of equals is itself: its parts are shuffled, for it is a set.
    const setEquality = subject.family === 'IntList' && name === 'eq';
    const isTricky = subject.tricky.length > 0 && (name === 'startsWith' || name === 'like') && random() < 0.4;
    const { operand, dnf } = draws[name]!({ subject, random, value: isTricky ? random.pick(subject.tricky) : value });
    return { name, operand: setEquality && random() < 0.5 ? [...operand as Value[]].reverse() : operand, dnf };
  });
  return {
    where: subject.where(Object.fromEntries(drawn.map(({ name, operand }) => [name, operand]))),
    dnf: and(...drawn.map(({ dnf }) => dnf)), uses: operators.map((name) => `${subject.family}.${name}`), subjects: [subject],
  };
}

/** Has a moment in common: begins before the interval's end and ends after its beginning. */
export function overlapping(start: Subject, end: Subject, random: Random, witness: ParityDid): Condition {
  const from = beside({ subject: end, random, value: end.read(witness) ?? random.pick(end.values) }, -1);
  const to = beside({ subject: start, random, value: start.read(witness) ?? random.pick(start.values) }, 1);
  if (String(from) > String(to)) throw new Inexpressible('an interval that ends before it begins');
  return {
    where: { time: { overlaps: { from: end.show(from), to: start.show(to) } } }, dnf: and(compare(start, '<=', to), compare(end, '>=', from)),
    uses: ['IntervalFilter.overlaps'], subjects: [start, end],
  };
}

const merged = (parts: readonly Condition[], dnf: Dnf, where: Condition['where'], use: string): Condition =>
  ({ where, dnf, uses: [use, ...parts.flatMap(({ uses }) => uses)], subjects: parts.flatMap(({ subjects }) => subjects) });

/** All hold: by `and`, or as conditions of one input object where their names allow it. */
export function allOf(parts: readonly Condition[], random: Random): Condition {
  const dnf = and(...parts.map((part) => part.dnf));
  const names = parts.flatMap(({ where }) => Object.keys(where)).filter((name) => name !== 'metadata');
  if (random() < 0.5 && new Set(names).size === names.length) {
    const metadata = parts.flatMap(({ where }) => (where['metadata'] ?? []) as object[]);
    return merged(parts, dnf, Object.assign({}, ...parts.map(({ where }) => where), metadata.length ? { metadata } : {}) as Condition['where'], 'tree.together');
  }
  return merged(parts, dnf, { and: parts.map(({ where }) => where) }, 'tree.and');
}

export const anyOf = (parts: readonly Condition[]): Condition => merged(parts, or(...parts.map(({ dnf }) => dnf)), { or: parts.map(({ where }) => where) }, 'tree.or');
export const noneHolds = (part: Condition): Condition => merged([part], not(part.dnf), { not: part.where }, 'tree.not');
