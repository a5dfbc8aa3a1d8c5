import { LosslessNumber, parse } from 'lossless-json';

/** What JSON.parse would round, or not take at all. */
const special = /\d{16}|Infinity|NaN/;
const stringOrWord = /"[^"\\]*(?:\\.[^"\\]*)*"|-?Infinity|NaN/gs;

/** Parses JSON as Rucio writes it: integers beyond 2^53 become bigints, bare Infinity is a number, bare NaN is null. Throws SyntaxError. */
export function parseJson(text: string): unknown {
  if (!special.test(text)) return JSON.parse(text);
  return parse(text.replace(stringOrWord, standardWord), undefined, {
    parseNumber,
    onDuplicateKey: ({ newValue }) => newValue,
  });
}

/** The same with each number as its digits. Slower by far than JSON.parse. */
export function parseLossless(text: string): unknown {
  return parse(text.replace(stringOrWord, standardWord), undefined, { parseNumber: (digits) => new LosslessNumber(digits), onDuplicateKey: ({ newValue }) => newValue });
}

function standardWord(part: string): string {
  if (part.startsWith('"')) return part;
  return part === 'NaN' ? 'null' : part.replace('Infinity', '1e999');
}

function parseNumber(digits: string): number | bigint {
  const number = Number(digits);
  return /^-?\d+$/.test(digits) && !Number.isSafeInteger(number) ? BigInt(digits) : number;
}
