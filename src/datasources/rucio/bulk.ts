import { stringify } from 'lossless-json';
import { z } from 'zod';
import type { DidType } from '../../domain/did-type.js';
import { DipperError } from '../../errors.js';
import { didKey, type DidName } from './chunks.js';
import { parseLossless } from './json.js';
import { rowsOf, type ListReading } from './listing.js';
import type { Transport } from './transport.js';
import { did as didShape, didColumns } from './wire.js';

/** A DID as Rucio's own table has it. */
export interface DidRow extends DidName {
  didType: DidType;
  account: string;
  bytes: string | null;
  adler32: string | null;
  md5: string | null;
  isOpen: boolean | null;
  createdAt: string;
  updatedAt: string;
}

/** Each is one request about up to 500 DIDs, whose names keep to Rucio's rules. */
export interface Bulk {
  /** The rows of those that are known, unless the answer was cut: look for what is missing with `unknown`. */
  didRows(dids: readonly DidName[], reading?: ListReading): AsyncGenerator<DidRow>;
  /** Custom metadata of the same as JSON text, each number digit by digit. Throws TooMuch beyond `maxBytes` in all. */
  metadataTexts(dids: readonly DidName[], maxBytes: number, reading?: ListReading): Promise<Map<string, string>>;
  /** Those of the DIDs of which Rucio says that it does not know them. It answers for each, so a cut answer is found: UPSTREAM_TRUNCATED. */
  unknown(dids: readonly DidName[], reading?: ListReading): Promise<DidName[]>;
}

/** The answer is larger than one may be: ask about fewer at once. */
export class TooMuch extends DipperError {
  constructor() {
    super('UPSTREAM_UNAVAILABLE', 'Rucio sent an answer that is too long.');
  }
}

const custom = z.looseObject(didShape);
/** With `inherit`, Rucio answers for what it does not know, too: with the name alone. */
const known = z.object({ ...didShape, did_type: z.unknown().optional() });

export function createBulk(transport: Transport): Bulk {
  const call = (dids: readonly DidName[], plugin: string, signal?: AbortSignal, more: object = {}) => ({
    method: 'POST' as const, path: '/dids/bulkmeta', body: { dids: dids.map(({ scope, name }) => ({ scope, name })), plugin, inherit: false, ...more }, signal,
  });

  return {
    async *didRows(dids, { signal, onFault } = {}) {
      for await (const row of rowsOf(transport, call(dids, 'DID_COLUMN', signal), didColumns, onFault)) {
        const { scope, name, account, bytes, adler32, md5 } = row;
        yield { scope, name, didType: row.did_type, account, bytes, adler32, md5, isOpen: row.is_open, createdAt: row.created_at, updatedAt: row.updated_at };
      }
    },

    async metadataTexts(dids, maxBytes, { signal, onFault } = {}) {
      const texts = new Map<string, string>();
      let bytes = 0;
      for await (const { scope, name, ...metadata } of rowsOf(transport, { ...call(dids, 'JSON', signal), parse: parseLossless }, custom, onFault)) {
        const text = stringify(metadata)!;
        bytes += text.length;
        if (bytes > maxBytes && texts.size > 0) throw new TooMuch();
        texts.set(didKey({ scope, name }), text);
      }
      return texts;
    },

    async unknown(dids, { signal } = {}) {
      const answered = new Map<string, boolean>();
      for await (const row of rowsOf(transport, call(dids, 'DID_COLUMN', signal, { inherit: true }), known)) {
        answered.set(didKey(row), row.did_type !== undefined);
      }
      if (dids.some((did) => !answered.has(didKey(did)))) throw new DipperError('UPSTREAM_TRUNCATED', "Rucio's answer is not complete.");
      return dids.filter((did) => !answered.get(didKey(did)));
    },
  };
}
