import type { KnownRse } from '../../domain/known-rse.js';
import type { MetadataField } from '../../domain/metadata-field.js';
import type { VisibleTables } from '../visible-tables.js';

/** What a filter needs to become SQL: known before the statement is built. */
export interface FilterContext {
  readonly fields: readonly MetadataField[];
  /** RSEs that fit an expression; BAD_USER_INPUT where it is malformed or fits none, as Rucio has it. */
  readonly rses: (expression?: string) => readonly KnownRse[];
  readonly tables: VisibleTables;
  /** The rows may be of scopes that the mirror does not know yet. */
  readonly anyScope?: true | undefined;
  readonly parseLfn: (text: string) => { readonly scope: string; readonly name: string };
}
