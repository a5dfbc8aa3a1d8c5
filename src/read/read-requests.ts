import type { MetadataField } from '../domain/metadata-field.js';
import type { Sight } from '../domain/sight.js';
import type { RseList } from './known-rses.js';
import type { ReadRequest } from './request.js';
import type { Shapes } from './shape.js';
import { visibleTables } from './visible-tables.js';

export interface ReadRequestOptions {
  readonly fields: readonly MetadataField[];
  readonly shapes: Shapes;
  readonly pageSize: number;
  readonly parseLfn: (text: string) => { readonly scope: string; readonly name: string };
}

/** Makes what each request reads with, for a viewer's sight and with RSEs as they are in the list. */
export function createReadRequests({ fields, shapes, pageSize, parseLfn }: ReadRequestOptions): (sight: Sight) => (rses: RseList) => ReadRequest {
  return (sight) => (rses) => {
    const filter = { fields, parseLfn, rses: rses.find };
    return { shapes, pageSize, budget: { subqueries: 250, columns: 5000 }, filter: { ...filter, tables: visibleTables(sight, filter) } };
  };
}
