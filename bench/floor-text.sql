-- The same page as plain columns, of which the server makes the JSON: Postgres does half the work. $1 observation, $2 data type. Names of RSEs
-- have no letter that JSON would escape. One row more than the page tells whether there is a next one.
select f.scope, f.name, f.bytes, f.adler32, f.created_at, f.obs_id, f.sb_id, f.tel_ids, f.subarray_id, f.start_time, f.end_time, f.data_level, f.data_type, f.chunk_id,
  f.site_id, copies.list
from (select * from mirror.file where obs_id = $1 and data_type = $2 and scope <> 'hidden' order by scope, name limit 101) as f
cross join lateral (
  select string_agg('{"rse":{"name":"' || rse.name || '"},"state":"' || c.state || '"}', ',' order by c.state, rse.name) as list
  from mirror.replica c join mirror.rse on rse.id = c.rse_id and not rse.deleted where c.file_id = f.id
) as copies
order by f.scope, f.name
