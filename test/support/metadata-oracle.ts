/** MetadataCondition worked out by plain code on parsed metadata: the tests' second opinion on what the mirror does in SQL. */
export interface Condition { readonly key: string; readonly [operator: string]: unknown }

type Kind = 'missing' | 'boolean' | 'number' | 'string' | 'array' | 'object';

function kind(value: unknown): Kind {
  if (value === undefined || value === null) return 'missing';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'bigint' ? 'number' : typeof value as Kind;
}

function equal(a: unknown, b: unknown): boolean {
  if (a === null || b === null) return a === b;
  if (kind(a) !== kind(b)) return false;
  if (kind(a) === 'number') return a == b; // 5 == 5n
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, index) => equal(one, b[index]));
  if (kind(a) === 'object') {
    const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
    return Object.keys(left).length === Object.keys(right).length && Object.keys(left).every((key) => key in right && equal(left[key], right[key]));
  }
  return a === b;
}

function order(a: unknown, b: unknown): number | undefined {
  if (kind(a) !== kind(b)) return undefined;
  if (kind(a) === 'number') return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0;
  return kind(a) === 'string' ? Buffer.compare(Buffer.from(a as string), Buffer.from(b as string)) : undefined;
}

function like(text: string, pattern: string): boolean {
  const source = [...pattern.matchAll(/\\([^])|%|_|[^]/g)].map(([part, escaped]) => (escaped !== undefined ? escaped.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    : part === '%' ? '[^]*' : part === '_' ? '[^]' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))).join('');
  return new RegExp(`^${source}$`, 'u').test(text);
}

const ordered = (fits: (sign: number) => boolean) => (stored: unknown, value: unknown) => { const sign = order(stored, value); return sign !== undefined && fits(sign); };
const differs = (stored: unknown, value: unknown) => kind(stored) === kind(value) && kind(stored) !== 'missing' && !equal(stored, value);

const operators: Record<string, (stored: unknown, value: unknown) => boolean> = {
  eq: (stored, value) => kind(stored) !== 'missing' && equal(stored, value),
  ne: differs,
  in: (stored, value) => kind(stored) !== 'missing' && (value as unknown[]).some((one) => equal(stored, one)),
  notIn: (stored, value) => kind(stored) !== 'missing' && (value as unknown[]).every((one) => differs(stored, one)),
  lt: ordered((sign) => sign < 0), lte: ordered((sign) => sign <= 0), gt: ordered((sign) => sign > 0), gte: ordered((sign) => sign >= 0),
  contains: (stored, value) => Array.isArray(stored) && stored.some((one) => equal(one, value)),
  startsWith: (stored, value) => typeof stored === 'string' && stored.startsWith(value as string),
  like: (stored, value) => typeof stored === 'string' && like(stored, value as string),
  isNull: (stored, value) => (kind(stored) === 'missing') === value,
};

export const fitsCondition = (metadata: Readonly<Record<string, unknown>>, { key, ...given }: Condition): boolean =>
  Object.entries(given).every(([name, value]) => operators[name]!(Object.hasOwn(metadata, key) ? metadata[key] : undefined, value));
