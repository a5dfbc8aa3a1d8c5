import { z } from 'zod';
import type { DidType } from '../../domain/did-type.js';
import { LinkedAbort } from '../../domain/linked-abort.js';
import { DipperError } from '../../errors.js';
import { chunksOfDids, didKey, didPath, type DidName } from './chunks.js';
import { rowsOf, type ListReading, type RowFault } from './listing.js';
import { isUnknown } from './rucio-error.js';
import type { Transport } from './transport.js';
import { checked, did as didShape, didColumns, didType, integer, listedDid } from './wire.js';

/** A DID as Rucio's own table has it, and the metadata set on it. */
export interface DidMetadata extends DidName {
  didType: DidType;
  account: string;
  /** Digits; null for collections that are open. */
  bytes: string | null;
  adler32: string | null;
  md5: string | null;
  /** Null for files. */
  isOpen: boolean | null;
  createdAt: string;
  updatedAt: string;
  /** Custom keys alone, as they were set; integers beyond 2^53 are bigints. */
  metadata: Record<string, unknown>;
}

/** A DID with its sums over all files below. */
export interface DidStatus extends DidName {
  didType: DidType;
  account: string;
  bytes: string | null;
  /** Number of files. */
  length: string | null;
  adler32: string | null;
  md5: string | null;
  isOpen: boolean | null;
}

export interface DidContent extends DidName {
  didType: DidType;
  bytes: string | null;
  adler32: string | null;
}

export interface DidParent extends DidName {
  didType: DidType;
}

export interface DidFile extends DidName {
  bytes: string;
  adler32: string | null;
}

export interface Reading {
  signal?: AbortSignal | undefined;
}

export interface Dids {
  /** Those of the DIDs that Rucio knows, by `<scope>:<name>`; two requests for each 500. Names must keep to Rucio's rules, or it refuses them all. */
  didMetadata(dids: readonly DidName[], reading?: ListReading): Promise<Map<string, DidMetadata>>;
  /** One DID, or null. */
  did(did: DidName, reading?: Reading): Promise<DidStatus | null>;
  /** What stands right below a collection; nothing for a file, nor for an unknown DID unless that is an error. */
  content(did: DidName, reading?: ListReading & Strict): AsyncGenerator<DidContent>;
  /** All files below a collection, at any depth; nothing for an unknown DID. */
  files(did: DidName, reading?: Reading): AsyncGenerator<DidFile>;
  /** Collections right above; nothing for an unknown DID unless that is an error. */
  parents(did: DidName, reading?: Reading & Strict): AsyncGenerator<DidParent>;
}

interface Strict {
  /** Throws what `isUnknown` tells where Rucio does not know the DID. */
  mustBeKnown?: boolean;
}

const custom = z.looseObject(didShape);
const status = z.object({
  ...didShape, type: didType, account: z.string(), bytes: integer.nullable(), length: integer.nullable(),
  adler32: z.string().nullish(), md5: z.string().nullish(), open: z.boolean().nullish(),
});
const content = z.object({ ...listedDid, type: didType, bytes: integer.nullable(), adler32: z.string().nullable() });
const file = z.object({ ...didShape, bytes: integer, adler32: z.string().nullable() });
const parent = z.object({ ...didShape, type: didType });

export function createDids(transport: Transport): Dids {
  /** Rows about DIDs of one kind of metadata; unknown DIDs have none. */
  async function bulkmeta<T extends DidName>(shape: z.ZodType<T>, plugin: string, dids: DidName[], { signal, onFault }: ListReading): Promise<Map<string, T>> {
    const rows = new Map<string, T>();
    for await (const row of rowsOf(transport, { method: 'POST', path: '/dids/bulkmeta', body: { dids, plugin, inherit: false }, signal }, shape, onFault)) rows.set(didKey(row), row);
    return rows;
  }

  /** Rucio's ALL mixes custom keys with its columns, which cannot be told apart; so each is asked for by itself. */
  async function chunkMetadata(dids: DidName[], { signal: outer, onFault }: ListReading): Promise<DidMetadata[]> {
    const stop = new LinkedAbort(outer);
    const { signal } = stop;
    try {
      const bad = new Set<string>();
      const reading = { signal, ...(onFault && { onFault(fault: RowFault) {
        bad.add(didKey(fault.row as DidName));
        onFault(fault);
      } }) };
      const [own, set] = await Promise.all([bulkmeta(didColumns, 'DID_COLUMN', dids, reading), bulkmeta(custom, 'JSON', dids, reading)]);
      for (const key of bad) for (const rows of [own, set]) rows.delete(key);
      // Rucio drops unknown DIDs from both; any other difference means that one of the streams was cut.
      if (own.size !== set.size || [...own.keys()].some((key) => !set.has(key))) throw new DipperError('UPSTREAM_TRUNCATED', "Rucio's answer is not complete.");
      return [...own].map(([key, row]) => merged(row, set.get(key)!));
    } finally {
      stop.abort();
    }
  }

  async function* rowsBelow<T>(shape: z.ZodType<T>, path: string, { signal, onFault, mustBeKnown }: ListReading & Strict): AsyncGenerator<T> {
    try {
      yield* rowsOf(transport, { method: 'GET', path, signal }, shape, onFault);
    } catch (error) {
      if (mustBeKnown || !isUnknown(error)) throw error;
    }
  }

  return {
    async didMetadata(dids, reading = {}) {
      const found = new Map<string, DidMetadata>();
      for (const chunk of chunksOfDids(dids)) {
        for (const row of await chunkMetadata(chunk, reading)) found.set(didKey(row), row);
      }
      return found;
    },

    async did(did, { signal } = {}) {
      try {
        const row = checked(status, await transport.json({ method: 'GET', path: didPath(did), query: { dynamic_depth: 'FILE' }, signal }));
        const { scope, name, type, account, bytes, length, adler32 = null, md5 = null, open = null } = row;
        return { scope, name, didType: type, account, bytes, length, adler32, md5, isOpen: open };
      } catch (error) {
        if (isUnknown(error)) return null;
        throw error;
      }
    },

    async *content(did, reading = {}) {
      for await (const { type, ...row } of rowsBelow(content, didPath(did, '/dids'), reading)) yield { ...row, didType: type };
    },

    files: (did, reading = {}) => rowsBelow(file, didPath(did, '/files'), reading),

    async *parents(did, reading = {}) {
      for await (const { type, ...row } of rowsBelow(parent, didPath(did, '/parents'), reading)) yield { ...row, didType: type };
    },
  };
}

function merged(row: z.infer<typeof didColumns>, { scope, name, ...metadata }: z.infer<typeof custom>): DidMetadata {
  return {
    scope, name, didType: row.did_type, account: row.account, bytes: row.bytes, adler32: row.adler32, md5: row.md5, isOpen: row.is_open,
    createdAt: row.created_at, updatedAt: row.updated_at, metadata,
  };
}
