/** A table of Rucio's schema that is followed. */
export interface SourceTable {
  readonly name: string;
  readonly key: readonly string[];
  /** Columns that are needed, the key among them. */
  readonly columns: readonly string[];
}

/** Schema of Rucio's database that its tables live in. */
export const SCHEMA = 'rucio';
