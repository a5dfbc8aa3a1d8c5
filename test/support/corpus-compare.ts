import { isDeepStrictEqual } from 'node:util';
import { CURSOR } from './naive/page.js';

/** JSON whose objects are lists of pairs, so that the order of keys is seen; numbers by their value, however they are written. */
type Ordered = null | boolean | string | Ordered[] | { readonly pairs: [string, Ordered][] } | { readonly number: string };

const token = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const numberText = (text: string) => (/^-?\d+$/.test(text) ? String(BigInt(text)) : String(Number(text)));

function order(value: unknown): Ordered {
  if (Array.isArray(value)) return value.map(order);
  if (typeof value === 'string') return value.startsWith('n') ? { number: value.slice(1) } : value.slice(1);
  if (typeof value !== 'object' || value === null) return value as boolean | null;
  return { pairs: Object.entries(value).map(([key, member]) => [key.slice(1), order(member)]) };
}

/** Reads JSON with nothing lost. Texts and keys are marked by a letter first, so that no key looks like a number, whose place JavaScript would change. */
export const readOrdered = (text: string): Ordered =>
  order(JSON.parse(text.replace(token, (part) => (part.startsWith('"') ? `"s${part.slice(1)}` : `"n${numberText(part)}"`))));

/** The cursors of two sides, each of which knows only its own: one stands for one, throughout an operation. */
export class CursorPairs {
  readonly #naive = new Map<string, string>();
  readonly #other = new Map<string, string>();

  /** Whether they can be the same cursor. */
  pair(naive: string, other: string): boolean {
    if (!this.#naive.has(naive) && !this.#other.has(other)) {
      this.#naive.set(naive, other);
      this.#other.set(other, naive);
    }
    return this.#naive.get(naive) === other && this.#other.get(other) === naive;
  }
}

/** Where, and how, two answers differ; undefined where they are the same but for the text of cursors. */
export function difference(expected: Ordered, answered: Ordered, cursors: CursorPairs, at = ''): string | undefined {
  const tell = () => `${at || 'data'}: expected ${JSON.stringify(expected)?.slice(0, 300)}, answered ${JSON.stringify(answered)?.slice(0, 300)}`;
  if (typeof expected === 'string' && expected.startsWith(CURSOR)) return typeof answered === 'string' && cursors.pair(expected, answered) ? undefined : tell();
  if (Array.isArray(expected) && Array.isArray(answered)) {
    if (expected.length !== answered.length) return `${at}: expected ${expected.length} items, answered ${answered.length}; ${tell()}`;
    return firstOf(expected, (one, index) => difference(one, answered[index]!, cursors, `${at}[${index}]`));
  }
  if (hasPairs(expected) && hasPairs(answered)) {
    const keys = (of: { pairs: [string, Ordered][] }) => of.pairs.map(([key]) => key);
    if (!isDeepStrictEqual(keys(expected), keys(answered))) return `${at}: expected the keys ${keys(expected).join(', ')}, answered ${keys(answered).join(', ')}`;
    return firstOf(expected.pairs, ([key, one], index) => difference(one, answered.pairs[index]![1], cursors, `${at}.${key}`));
  }
  return isDeepStrictEqual(expected, answered) ? undefined : tell();
}

const hasPairs = (value: Ordered): value is { pairs: [string, Ordered][] } => typeof value === 'object' && value !== null && 'pairs' in value;

function firstOf<T>(list: readonly T[], find: (one: T, index: number) => string | undefined): string | undefined {
  for (const [index, one] of list.entries()) {
    const found = find(one, index);
    if (found !== undefined) return found;
  }
  return undefined;
}
