-- Datasets, the containers above them, and the two rules of each dataset.
create temp table tree as
with recursive up as (
  select distinct scope::text, name::text as path, 'D' as type from contents where did_type = 'D'
  union
  select scope::text, regexp_replace(path, '/[^/]+$', ''), 'C' from up where path ~ '^/[^/]+/[^/]+/[^/]+/.'
)
select * from up;
insert into dids (scope, name, account, did_type, is_open, monotonic, hidden, obsolete, complete, is_new, availability, suppressed, purge_replicas, transient, created_at, updated_at)
select scope, path, 'root', type::"DIDS_TYPE_CHK", true, false, false, false, null, null, 'A', false, true, false, '2024-01-01', '2024-01-01' from tree;
insert into did_meta (scope, name, meta, did_type, created_at, updated_at)
select scope, path, '{"observatory": "CTAO"}', 'D', '2024-01-01', '2024-01-01' from tree where type = 'D' and path like '%1';
insert into contents (scope, name, child_scope, child_name, did_type, child_type, created_at, updated_at)
select scope, regexp_replace(path, '/[^/]+$', ''), scope, path, 'C', type::"CONTENTS_CHILD_TYPE_CHK", '2024-01-01', '2024-01-01' from tree where path ~ '^/[^/]+/[^/]+/[^/]+/.';
insert into rules (id, account, scope, name, did_type, state, rse_expression, copies, locked, locks_ok_cnt, locks_replicating_cnt, locks_stuck_cnt, source_replica_expression, activity, grouping, notification, purge_replicas, ignore_availability, ignore_account_limit, split_container, priority, created_at, updated_at)
select md5(path || n)::uuid, 'root', scope, path, 'D', case when n = 1 then 'O' when length(path) % 2 = 0 then 'R' else 'O' end::"RULES_STATE_CHK", 'OFFSITE', n, false, 100 * n, 0, 0, case n when 2 then 'OFFSITE' end, 'Data Consolidation', 'D', 'N', false, false, false, false, 3, '2024-01-01', '2024-01-01'
from tree, generate_series(1, 2) as n where type = 'D';
