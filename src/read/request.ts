import type { RseProfile } from '../domain/archive-profile.js';
import type { CursorSeal } from '../domain/cursor.js';
import type { MetadataField } from '../domain/metadata-field.js';
import type { Permission } from '../domain/permission.js';
import type { FilterContext } from './filter/filter-context.js';
import type { Shapes } from './shape.js';

export type RseSettings = RseProfile;

/** What reading is set up with. */
export interface ReadSettings {
  readonly fields: readonly MetadataField[];
  readonly rse: RseSettings;
  readonly pageSize: number;
}

/** What the statement of one request may still grow by: Postgres plans for ever on thousands of subqueries. */
export interface StatementBudget { subqueries: number; columns: number }

/** What one request reads with. */
export interface ReadRequest {
  readonly shapes: Shapes;
  readonly filter: FilterContext;
  readonly pageSize: number;
  readonly budget: StatementBudget;
  readonly may: ReadonlySet<Permission>;
  readonly seal: CursorSeal;
}
