import { z } from 'zod';
import { didTypes } from '../../domain/did-type.js';
import { DipperError } from '../../errors.js';

/** Digits of a 64-bit integer. Rucio writes sums as floats. */
export const integer = z.union([z.number().refine(Number.isInteger), z.bigint()]).transform((value) => String(BigInt(value)));
/** Dates come as RFC 1123 with whole seconds; they go on as RFC 3339. */
export const dateTime = z.string().transform((text, context) => {
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return new Date(time).toISOString().replace('.000Z', 'Z');
  context.addIssue({ code: 'custom', message: 'not a date' });
  return z.NEVER;
});
export const didType = z.enum(didTypes);
export const did = { scope: z.string(), name: z.string() };

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
