import type { MetadataField } from '../domain/metadata-field.js';
import type { FilterContext } from './filter/filter-context.js';
import type { Shapes } from './shape.js';

/** Which RSE attributes mean what, and which may be shown. */
export interface RseSettings {
  /** Attribute that names the data centre; without it the RSE's own name counts. */
  readonly dataCentre: string;
  /** Attribute that is true for RSEs away from the telescopes. */
  readonly offsite: string;
  /** How Rucio makes paths from names where an RSE does not say: its policy's default. */
  readonly lfn2pfnAlgorithm: string;
  readonly location: string;
  readonly qos: string;
  /** Attributes that everybody may see. */
  readonly shown: readonly string[];
}

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
}
