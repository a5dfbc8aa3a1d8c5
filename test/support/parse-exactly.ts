import { parse } from 'lossless-json';

/** JSON.parse that gives integers beyond 2^53 as bigint. */
export const parseExactly = (text: string): unknown =>
  parse(text, undefined, (digits) => (/^-?\d+$/.test(digits) && !Number.isSafeInteger(Number(digits)) ? BigInt(digits) : Number(digits)));
