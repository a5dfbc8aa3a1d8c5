import type { Lsn } from '../datasources/rucio-db/lsn.js';
import type { KnownRse } from '../domain/known-rse.js';
import type { MetadataField } from '../domain/metadata-field.js';
import type { ReadRequest } from './request.js';
import type { Shapes } from './shape.js';
import { visibleTables, type Sight } from './visible-tables.js';

export interface ReadRequestOptions {
  readonly fields: readonly MetadataField[];
  readonly shapes: Shapes;
  readonly pageSize: number;
  readonly knownRses: (atLeast?: Lsn) => Promise<(expression?: string) => readonly KnownRse[]>;
  readonly parseLfn: (text: string) => { readonly scope: string; readonly name: string };
  readonly sight: Sight;
}

/** Makes what each request reads with; nothing in it is older than the position `atLeast`. */
export function createReadRequests({ fields, shapes, pageSize, knownRses, parseLfn, sight }: ReadRequestOptions): (atLeast?: Lsn) => Promise<ReadRequest> {
  return async (atLeast) => {
    const filter = { fields, parseLfn, rses: await knownRses(atLeast) };
    return { shapes, pageSize, budget: { subqueries: 250, columns: 5000 }, filter: { ...filter, tables: visibleTables(sight, filter) } };
  };
}
