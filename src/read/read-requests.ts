import { createCursorSeal } from '../domain/cursor.js';
import type { MetadataField } from '../domain/metadata-field.js';
import type { Viewer } from '../domain/viewer.js';
import type { RseList } from './known-rses.js';
import type { ReadRequest } from './request.js';
import type { Shapes } from './shape.js';
import { visibleTables } from './visible-tables.js';

export interface ReadRequestOptions {
  readonly fields: readonly MetadataField[];
  readonly shapes: Shapes;
  readonly pageSize: number;
  readonly parseLfn: (text: string) => { readonly scope: string; readonly name: string };
  /** Signs cursors; the same in all processes that answer together. */
  readonly secret: string;
}

/** What reading depends on of who asks. */
export type Reader = Pick<Viewer, 'sight' | 'may' | 'policyKey'>;

/** Makes what each request reads with, for a viewer and with RSEs as they are in the list. */
export function createReadRequests({ fields, shapes, pageSize, parseLfn, secret }: ReadRequestOptions): (reader: Reader) => (rses: RseList) => ReadRequest {
  return ({ sight, may, policyKey }) => {
    const seal = createCursorSeal(secret, policyKey);
    return (rses) => {
      const filter = { fields, parseLfn, rses: rses.find };
      return { shapes, pageSize, may, seal, budget: { subqueries: 250, columns: 5000 }, filter: { ...filter, tables: visibleTables(sight, filter) } };
    };
  };
}
