-- The page as one would write it by hand, for one question alone: $1 observation, $2 data type, $3 and $4 the key that signs cursors, as HMAC takes it. Postgres writes the
-- JSON of the whole answer; put together from text it is a fifth cheaper than from json_build_object. Only texts that JSON would escape are
-- escaped: checksums, numbers, states and names of RSEs have no such letters.
with page as materialized (
  select f.*, row_number() over () as n from (
    select id, scope, name, bytes, adler32, created_at, obs_id, sb_id, tel_ids, subarray_id, start_time, end_time, data_level, data_type, chunk_id, site_id
    from mirror.file where obs_id = $1 and data_type = $2 and scope <> 'hidden' order by scope, name limit 101
  ) as f
)
select '{"data":{"files":{"nodes":[' || coalesce((
    select string_agg(
      '{"scope":' || to_json(p.scope) || ',"name":' || to_json(p.name) || ',"bytes":' || p.bytes || ',"adler32":' || coalesce('"' || p.adler32 || '"', 'null')
      || ',"createdAt":' || to_json(p.created_at) || ',"obsId":' || coalesce(p.obs_id::text, 'null') || ',"sbId":' || coalesce(p.sb_id::text, 'null')
      || ',"telIds":' || coalesce(to_json(p.tel_ids)::text, 'null') || ',"subarrayId":' || coalesce(p.subarray_id::text, 'null')
      || ',"startTime":' || coalesce(to_json(p.start_time)::text, 'null') || ',"endTime":' || coalesce(to_json(p.end_time)::text, 'null')
      || ',"dataLevel":' || coalesce(to_json(p.data_level)::text, 'null') || ',"dataType":' || coalesce(to_json(p.data_type)::text, 'null')
      || ',"chunkId":' || coalesce(p.chunk_id::text, 'null') || ',"siteId":' || coalesce(to_json(p.site_id)::text, 'null')
      || ',"replicas":[' || coalesce(copies.list, '') || ']}', ',' order by p.n)
    from page as p cross join lateral (
      select string_agg('{"rse":{"name":"' || rse.name || '"},"state":"' || c.state || '"}', ',' order by c.state, rse.name) as list
      from mirror.replica c join mirror.rse on rse.id = c.rse_id and not rse.deleted where c.file_id = p.id) as copies
    where p.n <= 100), '')
  || '],"pageInfo":{"hasNextPage":' || (select count(*) > 100 from page)::text || ',"endCursor":' || coalesce((
    select '"' || translate(encode(made.content || substr(sha256($4::bytea || sha256($3::bytea || made.content)), 1, 16), 'base64'), E'+/\n=', '-_') || '"'
    from (select convert_to(json_build_array(null, last.scope, last.name)::text, 'UTF8') as content
      from (select scope, name from page where n <= 100 order by n desc limit 1) as last offset 0) as made), 'null')
  || '}}}}'
