/** What values are compared by: numbers and times as bigint, texts by their bytes. */
export type Key = bigint | string;

export function compareKeys(a: Key, b: Key): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

const pattern = /^(\d+-\d\d-\d\d)[ Tt](\d\d:\d\d:\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):?(\d\d)?)$/;

/** Microseconds since 1970 of a time as Postgres or as RFC 3339 writes it. */
export function microseconds(text: string): bigint {
  const match = pattern.exec(text);
  if (!match) throw new Error(`${text} is no time.`);
  const [, date, time, fraction = '', sign, hours = '0', minutes = '0'] = match;
  const away = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
  return BigInt(Date.parse(`${date}T${time}Z`) - away * 60_000) * 1000n + BigInt(Math.round(Number(`0.${fraction}`) * 1e6));
}

/** A time of Postgres as RFC 3339 has it. */
export const dateTime = (text: unknown): unknown => (typeof text === 'string' ? text.replace(' ', 'T').replace(/\+00$/, '+00:00') : text);

/** Sorts by each of the keys in turn. */
export const sortedBy = <T>(rows: readonly T[], ...keys: ((row: T) => Key)[]): T[] =>
  [...rows].sort((a, b) => keys.reduce((sign, key) => sign || compareKeys(key(a), key(b)), 0));

export const grouped = <T, K>(rows: readonly T[], key: (row: T) => K): Map<K, T[]> => {
  const groups = new Map<K, T[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group) group.push(row); else groups.set(key(row), [row]);
  }
  return groups;
};
