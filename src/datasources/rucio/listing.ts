import type { z } from 'zod';
import { areStorable } from '../../domain/storable-text.js';
import type { Call } from './exchange.js';
import type { Transport } from './transport.js';
import { checked } from './wire.js';

/** A row that is not as Rucio makes them, and why. */
export interface RowFault {
  readonly row: unknown;
  readonly reason: string;
}

export interface ListReading {
  signal?: AbortSignal | undefined;
  /** Takes rows of a wrong shape; without it, the first one ends the list with UPSTREAM_UNAVAILABLE. */
  onFault?: ((fault: RowFault) => void) | undefined;
}

/** The rows of a stream, each as the shape has it. */
export async function* rowsOf<T>(transport: Transport, call: Call, shape: z.ZodType<T>, onFault?: (fault: RowFault) => void): AsyncGenerator<T> {
  for await (const row of transport.records(call)) {
    if (!onFault) {
      yield checked(shape, row);
      continue;
    }
    const { success, data, error } = shape.safeParse(row);
    if (success && areStorable(data)) yield data;
    else if (success) onFault({ row, reason: 'It holds a character that no text can have.' });
    else onFault({ row, reason: error.issues.map(({ path, message }) => `${path.join('.') || 'It'}: ${message}.`).join(' ') });
  }
}
