-- What all rows of the catalogue follow from: 100 files a dataset, a dataset for each telescope and night, 30 telescopes.
drop schema if exists bench cascade;
create schema bench;

create table bench.rse (n int primary key, name text, id uuid, onsite boolean, site text, country text, tape boolean);
insert into bench.rse
select n, name, md5('rse ' || n)::uuid, n <= 2, site, country, name like '%TAPE'
from (values (1, 'LA-PALMA', 'La Palma', 'Spain'), (2, 'PARANAL', 'Paranal', 'Chile'), (3, 'PIC', 'Barcelona', 'Spain'), (4, 'DESY', 'Zeuthen', 'Germany'),
  (5, 'CSCS', 'Lugano', 'Switzerland'), (6, 'FRASCATI', 'Frascati', 'Italy'), (7, 'PIC-TAPE', 'Barcelona', 'Spain'), (8, 'CC-IN2P3', 'Lyon', 'France')) as r (n, name, site, country);

create function bench.dataset(d int) returns table (telescope int, night date, element text, level text, scope text, folder text, obs_id bigint, sb_id bigint, north boolean, flat boolean, stamp text, began timestamp)
language sql immutable as $$
  select t.telescope, t.night, t.element, v.level, v.scope, '/ctao/' || v.scope || '/' || v.level || '/' || t.element || to_char(t.night, '/YYYY/MM/DD'), 200000000 + d, 2000000000 + d / 8,
    t.telescope <= 13, d / 30 % 3 = 0, to_char(t.began, 'YYYYMMDD"T"HH24MISS'), t.began
  from (select d % 30 + 1 as telescope, date '2024-01-01' + d / 30 as night,
      case when d % 30 < 4 then 'LSTN-0' || d % 30 + 1 when d % 30 < 13 then 'MSTN-0' || d % 30 - 3 when d % 30 < 20 then 'MSTS-0' || d % 30 - 12 else 'SSTS-' || lpad((d % 30 - 19)::text, 2, '0') end as element,
      date '2024-01-01' + d / 30 + interval '20:30' + d * 7919 % 7 * interval '1 hour' as began) as t,
    lateral (select case d % 5 when 4 then 'DL1' else 'DL0' end as level, case d % 5 when 4 then 'dpps' else 'acada' end as scope) as v
$$;

create function bench.file_name(i int, folder text, telescope int, stamp text, sb_id bigint, obs_id bigint) returns text language sql immutable as $$
  select folder || '/TEL' || lpad(telescope::text, 3, '0') || '_SDH001_' || stamp || '_SBID' || lpad(sb_id::text, 19, '0') || '_OBSID' || lpad(obs_id::text, 19, '0')
    || case i % 10 when 9 then '_TEL_POINTING' else '_TEL_SHOWER' end || '_CHUNK' || lpad(((i - 1) % 100)::text, 3, '0') || '.fits.fz'
$$;

-- Files by number, those of a dataset one after another.
create function bench.files(first int, last int) returns table (i int, d int, h bigint, scope text, name text, bytes bigint, adler32 text, created_at timestamp)
language sql stable as $$
  select i, (i - 1) / 100, hash.h, d.scope, bench.file_name(i, d.folder, d.telescope, d.stamp, d.sb_id, d.obs_id), 20000000 + hash.h % 2000000000, lpad(to_hex(hash.h & 4294967295), 8, '0'),
    d.began + interval '2 hours' + hash.h % 3600000 * interval '1 millisecond'
  from generate_series((first - 1) / 100, (last - 1) / 100) as s (d), lateral bench.dataset(s.d) as d,
    lateral generate_series(greatest(first, s.d * 100 + 1), least(last, s.d * 100 + 100)) as i,
    lateral (select hashint8extended(i, 7) & 9223372036854775807 as h) as hash
$$;

-- Metadata in either generation of CTAO's keys; `turn` makes others of the same form.
create function bench.metadata(i int, turn int) returns jsonb language sql stable as $$
  select case when d.flat then jsonb_build_object('observatory', 'CTAO', 'data_level', d.level, 'data_type', case i % 10 when 9 then 'monitoring' else 'event' end,
      'obs_id', d.obs_id, 'sb_id', d.sb_id, 'tel_id', d.telescope, 'subarray_id', 1 + d.telescope % 3,
      'start_time', to_char(t.began, 'YYYY-MM-DD"T"HH24:MI:SS'), 'end_time', to_char(t.began + interval '17 s', 'YYYY-MM-DD"T"HH24:MI:SS'), 'valid_fits_checksum', turn % 2 = 0)
    else jsonb_build_object('data__level', d.level, 'data__division', case i % 10 when 9 then 'Monitoring' else 'Event' end, 'data__association', 'Telescope', 'data__type', case i % 10 when 9 then 'monitoring' else 'event' end,
      'instance__obs_id', d.obs_id, 'instance__site_id', case when d.north then 'CTAO-North' else 'CTAO-South' end, 'instance__observing_night', d.night, 'acquisition__sb_id', d.sb_id,
      'instance__ae_class', 'TEL', 'instance__ae_id', d.telescope, 'instance__subarray_id', 1 + d.telescope % 3, 'instance__chunk_id', (i - 1) % 100 + turn,
      'observation__coverage__time__t_min', to_char(t.began, 'YYYY-MM-DD"T"HH24:MI:SS.US"000"'), 'observation__coverage__time__t_max', to_char(t.began + interval '17 s', 'YYYY-MM-DD"T"HH24:MI:SS.US"000"')) end
  from bench.dataset((i - 1) / 100) as d, lateral (select d.began + (i - 1) % 100 * interval '17 s' + turn * interval '1 ms' as began) as t
$$;

insert into rucio.scopes (scope, account, is_default, status, created_at, updated_at) select scope, 'root', false, 'O', now(), now() from unnest(array['acada', 'dpps']) as scope on conflict do nothing;
insert into rucio.rses (id, rse, vo, rse_type, deterministic, volatile, staging_area, availability_read, availability_write, availability_delete, country_name, city, deleted, created_at, updated_at)
select id, name, 'def', case when tape then 'TAPE' else 'DISK' end::rucio."RSES_TYPE_CHK", true, false, false, true, true, true, country, site, false, '2024-01-01', '2024-01-01' from bench.rse;
insert into rucio.rse_attr_map (rse_id, key, value, created_at, updated_at)
select r.id, a.key, a.value, '2024-01-01', '2024-01-01'
from bench.rse r, lateral (values (r.name, 'true'), (case when r.onsite then 'ONSITE' else 'OFFSITE' end, 'true'), ('site', r.name), ('location', r.site), ('QOS', case when r.tape then 'TAPE' else 'DISK' end)) as a (key, value);
insert into rucio.rse_protocols (rse_id, scheme, hostname, port, prefix, impl, read_lan, write_lan, delete_lan, read_wan, write_wan, delete_wan, third_party_copy_read, third_party_copy_write, created_at, updated_at)
select r.id, p.scheme, lower(r.name) || '.example.org', p.port, '/data/', p.impl, p.n, p.n, p.n, p.n, p.n, p.n, p.n, p.n, '2024-01-01', '2024-01-01'
from bench.rse r, (values (1, 'davs', 443, 'rucio.rse.protocols.gfal.Default'), (2, 'root', 1094, 'rucio.rse.protocols.xrootd.Default')) as p (n, scheme, port, impl);
