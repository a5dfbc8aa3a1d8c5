-- The files of observations $1 to $2 with their copies and their places in datasets. All follows from a file's id and its observation: nothing
-- is left to chance. Columns and values of the field registry are put in by make-mirror.ts.
with made as (
  insert into mirror.file (id, scope, name, account, bytes, adler32, md5, created_at, updated_at, metadata, :columns) overriding system value
  select f.id, l.scope,
    '/ctao/' || replace(l.scope, 'user.jdoe', 'user/j/jdoe') || '/' || v.level || '/' || o.site || '/' || e.element || '/' || o.day || '/'
      || case when v.own then 'TEL' || lpad(e.telescope::text, 3, '0') else 'SUB' || lpad(o.subarray_id::text, 3, '0') end
      || case when v.level in ('DL1', 'DL2', 'DL3') then '_DPPS001_' when v.type = 'monitoring' then '_MON001_' when v.type <> 'event' then '_ACADA001_' when v.own then '_SDH001_' else '_SWAT001_' end
      || o.stamp || case v.type when 'event' then case when v.level <> 'DL0' then '_' || v.level when v.own then '_TEL_SHOWER' else '_TRIGGER' end
        when 'monitoring' then '_POINTING' when 'log' then '_LOG' else '_REPORT' end
      || '_CHUNK' || lpad(e.chunk::text, case when e.chunk > 999 then 4 else 3 end, '0')
      || case v.type when 'log' then '.log' when 'report' then '.json' when 'monitoring' then '.fits' else case when v.level = 'DL0' then '.fits.fz' else '.fits' end end,
    case when l.scope = 'user.jdoe' then 'jdoe' else 'ingest' end,
    -- Like a log-normal: four bytes of the hash make a bell.
    (exp(case v.type when 'event' then 17 when 'monitoring' then 13 when 'log' then 9 else 10 end
      + (((f.h >> 8) & 255) + ((f.h >> 16) & 255) + ((f.h >> 24) & 255) + ((f.h >> 32) & 255) - 510) / 120.0::float8))::bigint,
    lpad(to_hex(f.h & 4294967295), 8, '0'), case when (f.h >> 40) & 3 = 0 then md5(f.id::text) end,
    o.start_time + interval '2 hours' + f.h % 3600 * interval '1 second', o.start_time + interval '3 hours' + f.h % 86400 * interval '1 second',
    case when v.bare then '{}'::jsonb
      when o.flat then jsonb_build_object('observatory', 'CTAO', 'data_level', v.level, 'data_type', v.type, 'obs_id', o.obs_id, 'sb_id', o.sb_id,
        'start_time', to_char(t.began at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS'), 'end_time', to_char(t.ended at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS'),
        case when v.type = 'monitoring' then 'tel_id' else 'tel_ids' end, case when v.type = 'monitoring' then to_jsonb(e.telescope) else to_jsonb(e.tel_ids) end,
        'subarray_id', o.subarray_id)
      else jsonb_build_object('ctao_metadata_version', '2.0.0', 'data__level', v.level, 'data__division', v.division, 'data__association', v.association, 'data__type', v.type,
        'instance__obs_id', o.obs_id, 'instance__site_id', o.site, 'instance__observing_night', o.night, 'acquisition__sb_id', o.sb_id, 'instance__subarray_id', o.subarray_id,
        'observation__coverage__time__t_min', to_char(t.began at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"000"'),
        'observation__coverage__time__t_max', to_char(t.ended at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"000"'))
        || case when v.own then jsonb_build_object('instance__ae_class', 'TEL', 'instance__ae_id', e.telescope) else jsonb_build_object('tel_ids', e.tel_ids) end
        || case when v.type = 'event' then jsonb_build_object('instance__chunk_id', e.chunk) else '{}' end
        || case when v.level in ('DL1', 'DL2', 'DL3') then jsonb_build_object('instance__category', v.category, 'curation__release', v.release) else '{}' end
    end || jsonb_strip_nulls(jsonb_build_object('target', o.target, 'weather', case when (f.h >> 44) % 16 > 0 then o.weather end, 'moonlight', o.moonlight,
      'zenith', case (f.h >> 46) % 100 when 0 then '"unknown"'::jsonb when 1 then null else to_jsonb(round(o.zenith + (f.h >> 50) % 40 / 10.0, 1)) end,
      'quality', case when f.id % 4999 = 0 then '99'::jsonb when (f.h >> 48) % 100 = 0 then '"good"' else to_jsonb(least((f.h >> 44) % 10, (f.h >> 52) % 10)) end)),
    :values
  from bench.observation o
  cross join lateral generate_series(0, o.files - 1) as s (j)
  cross join lateral (select o.first_id + s.j as id, hashint8extended(o.first_id + s.j, 7) & 9223372036854775807 as h offset 0) as f
  cross join lateral (select f.h % 100 as p offset 0) as p
  cross join lateral (select
    case when p < 62 then 'event' when p < 70 then 'event' when p < 82 then 'monitoring' when p < 88 then 'log' when p < 90 then 'report' else 'event' end as type,
    case when p < 82 then 'DL0' when p < 88 then 'R1' when p < 90 then 'DL0' when p < 97 then 'DL1' when p < 99 then 'DL2' else 'DL3' end as level,
    p < 62 or p between 70 and 81 or p >= 90 as own, -- of one telescope, not of the subarray
    case when p between 70 and 81 then 'Monitoring' when p between 82 and 89 then 'Service' else 'Event' end as division,
    case when p < 62 or p between 70 and 81 or p >= 90 then 'Telescope' else 'Subarray' end as association,
    case when o.k % 3 = 0 then 'C' when o.k % 2 = 0 then 'B' else 'A' end as category, 'release-' || left(o.day, 4) as release,
    (f.h >> 12) % 64 = 0 as bare offset 0) as v -- bare: a file without any of the registry's fields
  cross join lateral (select
    case when (f.h >> 20) % 50 = 0 then 'hidden' when v.level in ('DL0', 'R1') then 'acada' when v.level = 'DL3' then 'suss' when v.level = 'DL2' and o.k % 2 = 0 then 'user.jdoe' else 'dpps' end as scope offset 0) as l
  cross join lateral (select o.telescopes[1 + s.j % cardinality(o.telescopes)] as telescope, s.j / cardinality(o.telescopes) as step offset 0) as w
  cross join lateral (select w.telescope, case when v.own then w.step else s.j end as chunk, case when v.own then array[w.telescope] else o.telescopes end as tel_ids,
    case when not v.own then 'SUB' || lpad(o.subarray_id::text, 3, '0') when w.telescope < 5 then 'LSTN-0' || w.telescope when w.telescope < 100 then 'MSTN-' || lpad(w.telescope::text, 2, '0')
      when w.telescope < 115 then 'MSTS-' || lpad((w.telescope - 100)::text, 2, '0') else 'SSTS-' || lpad((w.telescope - 114)::text, 2, '0') end as element offset 0) as e
  cross join lateral (select o.start_time + s.j * 1680 / o.files * interval '1 second' as began, o.start_time + ((s.j + 1) * 1680 / o.files + 1) * interval '1 second' as ended offset 0) as t
  where o.k between $1 and $2
  returning id, bytes, adler32, created_at, updated_at
), placed as (
  select made.*, o.k, o.onsite, o.first_copy, o.second_copy
  from bench.observation o cross join lateral generate_series(o.first_id, o.first_id + o.files - 1) as f (id) join made on made.id = f.id
  where o.k between $1 and $2
), held as (
  insert into mirror.content_file (collection_id, file_id) select k, id from placed
)
insert into mirror.replica (file_id, rse_id, state, bytes, adler32, created_at, updated_at)
select id, rse_id, case when s < 940 then 'AVAILABLE' when s < 965 then 'COPYING' when s < 975 then 'BAD' when s < 990 then 'UNAVAILABLE' when s < 995 then 'TEMPORARY_UNAVAILABLE' else 'BEING_DELETED' end::mirror.replica_state,
  bytes, adler32, created_at, updated_at
from placed cross join lateral (values (1, onsite), (2, first_copy), (3, second_copy)) as c (n, rse_id)
cross join lateral (select (hashint8extended(id * 4 + c.n, 9) & 9223372036854775807) % 1000 as s) as r
where c.n <= 2 or id % 5 < 2
