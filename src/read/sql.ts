import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, sql, type CompiledQuery, type RawBuilder } from 'kysely';

export type Sql = RawBuilder<unknown>;

/** A table in one place of a statement: gives its columns, always qualified (a bare name could be a client's alias). */
export interface Table {
  (column: string): Sql;
  readonly alias: Sql;
}

export function table(alias: string): Table {
  return Object.assign((column: string) => sql.ref(`${alias}.${column}`) as Sql, { alias: sql.id(alias) as Sql });
}

export const all = (conditions: readonly Sql[]): Sql => (conditions.length === 0 ? sql`true` : sql`(${sql.join(conditions, sql` and `)})`);
export const any = (conditions: readonly Sql[]): Sql => (conditions.length === 0 ? sql`false` : sql`(${sql.join(conditions, sql` or `)})`);

const writer = new Kysely<unknown>({ dialect: {
  createAdapter: () => new PostgresAdapter(), createDriver: () => new DummyDriver(),
  createIntrospector: (kysely) => new PostgresIntrospector(kysely), createQueryCompiler: () => new PostgresQueryCompiler(),
} });

/** kysely only writes the SQL; pg runs it. */
export const compile = (statement: Sql): CompiledQuery => statement.compile(writer);
