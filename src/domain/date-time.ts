const pattern = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/;

/** Whether the text is an RFC 3339 date and time that the calendar knows; leap seconds and year 0 are refused. */
export function isDateTime(text: string): boolean {
  const match = pattern.exec(text);
  if (!match) return false;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  const zone = match[8]!;
  if (zone.length > 1 && (Number(zone.slice(1, 3)) > 14 || Number(zone.slice(4)) > 59)) return false;
  if (year < 1 || hour > 23 || minute > 59 || second > 59 || month < 1 || month > 12 || day < 1) return false;
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** Microseconds since 1970 of such a text. */
export function microseconds(text: string): bigint {
  const [, fraction = ''] = /\.(\d+)/.exec(text) ?? [];
  return BigInt(Date.parse(text.replace(`.${fraction}`, ''))) * 1000n + BigInt(fraction.slice(0, 6).padEnd(6, '0'));
}
