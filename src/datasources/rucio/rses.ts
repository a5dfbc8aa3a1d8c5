import { z } from 'zod';
import type { PfnRse } from '../../domain/pfn.js';
import type { RseFacts } from '../../domain/rse-expression.js';
import { chunks } from './chunks.js';
import type { Reading } from './dids.js';
import { rowsOf, type ListReading } from './listing.js';
import { isUnknown } from './rucio-error.js';
import type { Transport } from './transport.js';
import { checked, dateTime, id, integer } from './wire.js';

/** An RSE with all that expressions and addresses need. */
export interface LiveRse extends RseFacts, Omit<PfnRse, 'pathRule'> {
  /** Rucio's name for the way from name to path. */
  lfn2pfnAlgorithm: string;
  /** Rucio's own id: 32 hex digits. */
  rseId: string;
  type: 'DISK' | 'TAPE';
  availabilityRead: boolean;
  availabilityWrite: boolean;
  availabilityDelete: boolean;
}

/** How full an RSE is, by one of the sources that tell it. */
export interface RseUsage {
  source: string;
  used: string | null;
  free: string | null;
  files: string | null;
  updatedAt: string;
}

/** A row of the list of RSEs. */
export type RseRow = z.infer<typeof row>;

export interface Rses {
  /** The list of RSEs that are not deleted, without what is told of each by itself. */
  rseRows(reading?: ListReading): AsyncGenerator<RseRow>;
  /** All that is told of an RSE on the list; two requests. Undefined if it has gone. */
  rseOf(row: RseRow, reading?: Reading): Promise<LiveRse | undefined>;
  /** Rucio's own id of the RSE that has this name now, or null. */
  rseId(name: string, reading?: Reading): Promise<string | null>;
  /** All RSEs that are not deleted; one request, and two for each RSE. */
  rses(reading?: Reading): AsyncGenerator<LiveRse>;
  /** What an RSE holds; one request, nothing for an unknown RSE. */
  usage(rse: string, reading?: ListReading): AsyncGenerator<RseUsage>;
}

const text = z.string().nullable();
const row = z.object({
  rse: z.string(), id, rse_type: z.enum(['DISK', 'TAPE']), deterministic: z.boolean(), volatile: z.boolean(), staging_area: z.boolean(),
  availability_read: z.boolean(), availability_write: z.boolean(), availability_delete: z.boolean(), vo: z.string(), qos_class: text, city: text,
  region_code: text, country_name: text, continent: text, time_zone: text, ISP: text, ASN: text,
});
const priorities = z.record(z.string(), z.int().nullable());
const settings = z.object({
  lfn2pfn_algorithm: z.string(),
  protocols: z.array(z.object({
    scheme: z.string(), hostname: z.string(), port: z.int(), prefix: z.string(), impl: z.string(), extended_attributes: z.unknown(),
    domains: z.object({ lan: priorities, wan: priorities }),
  }).transform(({ extended_attributes, ...protocol }) => ({ ...protocol, extendedAttributes: extended_attributes ?? null }))),
});
const attributes = z.record(z.string(), z.union([z.string(), z.boolean()]).nullable());
const usage = z.object({ source: z.string(), used: integer.nullable(), free: integer.nullable(), files: integer.nullable(), updated_at: dateTime });

/** RSEs asked about at a time. */
const AT_ONCE = 4;

export function createRses(transport: Transport): Rses {
  async function rseOf({ rse, id, ...columns }: RseRow, { signal }: Reading = {}): Promise<LiveRse | undefined> {
    const path = `/rses/${encodeURIComponent(rse)}`;
    try {
      const [own, set] = await Promise.all([transport.json({ method: 'GET', path, signal }), transport.json({ method: 'GET', path: `${path}/attr/`, signal })]);
      const { lfn2pfn_algorithm, protocols } = checked(settings, own);
      return {
        name: rse, rseId: id, type: columns.rse_type, attributes: checked(attributes, set), columns, protocols,
        deterministic: columns.deterministic, lfn2pfnAlgorithm: lfn2pfn_algorithm,
        availabilityRead: columns.availability_read, availabilityWrite: columns.availability_write, availabilityDelete: columns.availability_delete,
      };
    } catch (error) {
      // Deleted since the list was made.
      if (isUnknown(error)) return undefined;
      throw error;
    }
  }

  const rseRows = ({ signal, onFault }: ListReading = {}) => rowsOf(transport, { method: 'GET', path: '/rses/', signal }, row, onFault);

  return {
    rseRows,
    rseOf,

    async rseId(name, { signal } = {}) {
      try {
        return checked(z.object({ id }), await transport.json({ method: 'GET', path: `/rses/${encodeURIComponent(name)}`, signal })).id;
      } catch (error) {
        if (isUnknown(error)) return null;
        throw error;
      }
    },

    async *rses({ signal } = {}) {
      const rows: RseRow[] = [];
      for await (const row of rseRows({ signal })) rows.push(row);
      for (const some of chunks(rows, AT_ONCE)) {
        for (const rse of await Promise.all(some.map((one) => rseOf(one, { signal })))) if (rse) yield rse;
      }
    },

    async *usage(rse, { signal, onFault } = {}) {
      try {
        const call = { method: 'GET', path: `/rses/${encodeURIComponent(rse)}/usage`, signal } as const;
        for await (const { updated_at, ...row } of rowsOf(transport, call, usage, onFault)) yield { ...row, updatedAt: updated_at };
      } catch (error) {
        if (!isUnknown(error)) throw error;
      }
    },
  };
}
