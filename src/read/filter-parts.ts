/** One condition of a filter, as a filter of its own. */
export interface FilterPart {
  readonly filter: object;
  /** Its name in the filter, such as dataType; `metadata` where `key` says more. */
  readonly name: string;
  readonly key?: string;
  /** Such as eq; missing where the condition is no comparison of one value. */
  readonly operator?: string;
  readonly value: unknown;
}

/** Conditions that say nothing when they are taken apart. */
const whole = new Set(['or', 'not', 'time', 'within', 'replica']);
const entries = (input: object) => Object.entries(input).filter(([, value]) => value !== undefined);

/** The conditions that a FileFilter wants all to hold, each operator apart: together they are the filter. It is one that has become SQL. */
export function filterParts(where: object): FilterPart[] {
  return entries(where).flatMap(([name, value]): FilterPart[] => {
    if (name === 'and') return (value as object[]).flatMap(filterParts);
    if (whole.has(name)) return [{ filter: { [name]: value as object }, name, value }];
    if (name === 'metadata') {
      return (value as { key: string }[]).flatMap(({ key, ...operators }) => entries(operators).map(([operator, one]) => ({ filter: { metadata: [{ key, [operator]: one as object }] }, name, key, operator, value: one })));
    }
    return entries(value as object).map(([operator, one]) => ({ filter: { [name]: { [operator]: one as object } }, name, operator, value: one }));
  });
}
