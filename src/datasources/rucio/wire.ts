import { z } from 'zod';
import { didTypes } from '../../domain/did-type.js';
import { DipperError } from '../../errors.js';

/** Digits of a 64-bit integer. Rucio writes sums as floats. */
export const integer = z.union([z.number().refine(Number.isInteger), z.bigint()]).transform((value) => String(BigInt(value)));
/** Dates come as RFC 1123 with whole seconds; they go on as RFC 3339. */
export const dateTime = z.string().transform((text, context) => {
  const time = Date.parse(text);
  // Years beyond four digits are written in a way of their own, which no other reads.
  const written = Number.isNaN(time) ? '' : new Date(time).toISOString();
  if (/^(?!0000)\d{4}-/.test(written)) return written.replace('.000Z', 'Z');
  context.addIssue({ code: 'custom', message: 'not a date' });
  return z.NEVER;
});
export const didType = z.enum(didTypes);
/** Rucio's own ids: 32 hex digits. */
export const id = z.string().regex(/^[0-9a-f]{32}$/);
export const did = { scope: z.string(), name: z.string() };
/** On lists: Rucio's own names have 250 characters at most, and one far beyond could not be looked up. */
export const listedDid = { scope: z.string().max(100), name: z.string().max(500) };

/** A row of Rucio's table of DIDs. */
export const didColumns = z.object({
  ...did, did_type: didType, account: z.string(), bytes: integer.nullable(), adler32: z.string().nullable(), md5: z.string().nullable(),
  is_open: z.boolean().nullable(), created_at: dateTime, updated_at: dateTime,
});

/** The row as its shape has it. Throws UPSTREAM_UNAVAILABLE for a row that is not as Rucio makes them. */
export function checked<T>(shape: z.ZodType<T>, row: unknown): T {
  const result = shape.safeParse(row);
  if (result.success) return result.data;
  throw new DipperError('UPSTREAM_UNAVAILABLE', "Rucio's answer cannot be understood.", { cause: result.error });
}
