import { sql } from 'kysely';

/** All scopes, by a step along the index for each: with them an index on (scope, name) serves a condition on names alone. */
export const everyScope = sql`array(with recursive step (scope) as (
  select min(f.scope) from mirror.file f
  union all select (select min(f.scope) from mirror.file f where f.scope > s.scope) from step s where s.scope is not null
) select s.scope from step s where s.scope is not null)`;
