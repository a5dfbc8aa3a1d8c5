/** What Rucio's filters cannot say, or cannot say briefly: the generator then draws another filter. */
export class Inexpressible extends Error {}

export type Sign = '=' | '!=' | '<' | '<=' | '>' | '>=';
/** One comparison of Rucio's; text with * in it is a pattern; `= null` means missing, `!= null` present. */
export interface Literal { readonly key: string; readonly sign: Sign; readonly value: string | number | boolean | null }
export type Group = readonly Literal[];
/** Or of ands, the one form that Rucio's filters have. */
export type Dnf = readonly Group[];

const MOST_GROUPS = 24;

const opposite: Readonly<Record<Sign, Sign>> = { '=': '!=', '!=': '=', '<': '>=', '>=': '<', '>': '<=', '<=': '>' };

/** Keys that are columns of Rucio's tables; of these only adler32 may be missing. All others are keys of the metadata. */
export const columns: ReadonlySet<string> = new Set(['name', 'bytes', 'adler32', 'created_at']);

const same = (a: Literal, b: Literal) => a.key === b.key && a.sign === b.sign && a.value === b.value;
const has = (group: Group, literal: Literal) => group.some((one) => same(one, literal));

/** The group without what goes without saying; undefined where it can never hold. */
function simplified(group: Group): Group | undefined {
  const kept: Literal[] = [];
  for (const literal of group) if (!has(kept, literal)) kept.push(literal);
  const others = ({ key }: Literal) => kept.filter((one) => one.key === key && one.value !== null).length > 0;
  const isNull = (sign: Sign) => (one: Literal) => one.value === null && one.sign === sign && !columns.has(one.key);
  if (kept.some((one) => isNull('=')(one) && (others(one) || has(kept, { ...one, sign: '!=' })))) return undefined;
  return kept.filter((one) => !isNull('!=')(one) || !others(one));
}

function tidy(groups: readonly Group[]): Dnf {
  const held = groups.map(simplified).filter((group) => group !== undefined);
  const tidied = held.filter((group, index) => !held.some((other, at) => at !== index && other.every((one) => has(group, one)) && (other.length < group.length || at < index)));
  if (tidied.length > MOST_GROUPS) throw new Inexpressible('too many groups');
  return tidied;
}

export const or = (...all: readonly Dnf[]): Dnf => tidy(all.flat());
export const and = (...all: readonly Dnf[]): Dnf => all.reduce((left, right) => tidy(left.flatMap((a) => right.map((b) => [...a, ...b]))), [[]]);

function notLiteral({ key, sign, value }: Literal): Dnf {
  const turned = [{ key, sign: opposite[sign], value }];
  if (value === null) return columns.has(key) ? [[{ key, sign: '=', value: '**' }]] : [turned];
  // On a column Rucio's != holds for missing values too, so it is the exact complement of =.
  const maybeMissing = columns.has(key) ? key === 'adler32' && sign !== '=' && sign !== '!=' : true;
  return maybeMissing ? [turned, [{ key, sign: '=', value: null }]] : [turned];
}

/** The exact complement: what is missing is in it. */
export const not = (dnf: Dnf): Dnf => and(...dnf.map((group) => or(...group.map(notLiteral))));

const suffixes: Readonly<Record<Sign, string>> = { '=': '', '!=': '.ne', '<': '.lt', '<=': '.lte', '>': '.gt', '>=': '.gte' };
const python = (value: Literal['value']) => (value === null ? 'None' : typeof value === 'boolean' ? (value ? 'True' : 'False') : JSON.stringify(value));

/** The filter as the text that Rucio's REST interface takes, which is Python. */
export function filterText(dnf: Dnf): string {
  if (dnf.length === 0) throw new Inexpressible('nothing at all');
  return `[${dnf.map((group) => {
    const entries = new Map(group.map(({ key, sign, value }) => [`${key}${suffixes[sign]}`, python(value)]));
    if (entries.size < group.length) throw new Inexpressible('the same key and sign twice in one group');
    return `{${[...entries].map(([key, value]) => `${JSON.stringify(key)}: ${value}`).join(', ')}}`;
  }).join(', ')}]`;
}
