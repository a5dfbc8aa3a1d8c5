const pattern = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/;

const two = (text: string, at: number) => (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;

/** Whether the text is an RFC 3339 date and time that the calendar knows; leap seconds and year 0 are refused. */
export function isDateTime(text: string): boolean {
  if (!pattern.test(text)) return false;
  const last = text.charAt(text.length - 1);
  if (last !== 'Z' && last !== 'z' && (two(text, text.length - 5) > 14 || two(text, text.length - 2) > 59)) return false;
  const year = two(text, 0) * 100 + two(text, 2);
  const month = two(text, 5);
  const day = two(text, 8);
  return year >= 1 && two(text, 11) <= 23 && two(text, 14) <= 59 && two(text, 17) <= 59 && month >= 1 && month <= 12 && day >= 1
    && (day <= 28 || day <= new Date(Date.UTC(year, month, 0)).getUTCDate());
}

/** Microseconds since 1970 of such a text. */
export function microseconds(text: string): bigint {
  const [, fraction = ''] = /\.(\d+)/.exec(text) ?? [];
  return BigInt(Date.parse(text.replace(`.${fraction}`, ''))) * 1000n + BigInt(fraction.slice(0, 6).padEnd(6, '0'));
}
