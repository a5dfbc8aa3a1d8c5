-- Everything of the archive but its files: RSEs, datasets of the observations, containers of the nights, rules.
insert into mirror.rse (id, rse_id, name, type, deterministic, availability_read, availability_write, availability_delete, facts, deleted)
overriding system value
select id, md5('rse ' || name)::uuid, name, type::mirror.rse_type, true, true, name <> 'LYON', true, jsonb_build_object('vo', 'def', 'rse', name, 'rse_type', type,
  'deterministic', true, 'volatile', false, 'staging_area', false, 'availability_read', true, 'availability_write', name <> 'LYON', 'availability_delete', true), false
from (values (1, 'LA-PALMA', 'DISK'), (2, 'PARANAL', 'DISK'), (3, 'CSCS', 'DISK'), (4, 'PIC', 'DISK'), (5, 'DESY', 'DISK'), (6, 'FRASCATI', 'DISK'), (7, 'LYON', 'DISK'),
  (8, 'CYFRONET', 'DISK'), (9, 'PIC-TAPE', 'TAPE'), (10, 'DESY-TAPE', 'TAPE'), (11, 'CSCS-TAPE', 'TAPE'), (12, 'FRASCATI-TAPE', 'TAPE'), (13, 'LYON-TAPE', 'TAPE'),
  (14, 'CYFRONET-TAPE', 'TAPE')) as r (id, name, type);
insert into mirror.rse_attribute (rse_id, key, value)
select id, key, value from mirror.rse cross join lateral (values (name, 'true'), (case when id <= 2 then 'ONSITE' else 'OFFSITE' end, 'true'),
  ('QOS', type::text), ('site', replace(name, '-TAPE', '')), ('location', initcap(replace(replace(name, '-TAPE', ''), '-', ' ')))) as a (key, value);
insert into mirror.rse_protocol (rse_id, scheme, hostname, port, prefix, impl, read_lan, write_lan, delete_lan, read_wan, write_wan, delete_wan, third_party_copy_read, third_party_copy_write)
select id, scheme, lower(name) || '.example.org', port, '/data', impl, priority, priority, priority, priority, priority, priority, priority, priority
from mirror.rse cross join (values ('root', 1094, 'rucio.rse.protocols.xrootd.Default', 1), ('davs', 1443, 'rucio.rse.protocols.gfal.Default', 2)) as p (scheme, port, impl, priority);

insert into mirror.collection (id, scope, name, did_type, account, is_open, created_at, updated_at, metadata) overriding system value
select k, 'acada', '/ctao/acada/DL0/' || site || '/' || day || '/OBSID' || lpad(obs_id::text, 19, '0'), 'DATASET', 'ingest', false, start_time, start_time + interval '2 hours',
  jsonb_build_object('obs_id', obs_id, 'target', target)
from bench.observation;
insert into mirror.collection (id, scope, name, did_type, account, is_open, created_at, updated_at) overriding system value
select 1000000000 + row_number() over (order by min(k)), 'acada', '/ctao/acada/DL0/' || site || '/' || day, 'CONTAINER', 'ingest', false, min(start_time), max(start_time)
from bench.observation group by site, day;
insert into mirror.content_collection (collection_id, child_id)
select c.id, o.k from bench.observation o join mirror.collection c on c.scope = 'acada' and c.name = '/ctao/acada/DL0/' || o.site || '/' || o.day;
select setval(pg_get_serial_sequence('mirror.collection', 'id'), (select max(id) from mirror.collection)), setval(pg_get_serial_sequence('mirror.rse', 'id'), 14);

insert into mirror.rule (id, scope, name, did_type, account, rse_expression, copies, state, "grouping", activity, locks_ok_cnt, locks_replicating_cnt, locks_stuck_cnt, locked, created_at, updated_at)
select md5('rule ' || o.k || ' ' || r.rse_id)::uuid, c.scope, c.name, 'DATASET', 'ingest', e.name, 1,
  case when o.k % 50 = 0 then 'STUCK' when o.k % 31 = 0 then 'REPLICATING' else 'OK' end::mirror.rule_state, 'DATASET', 'User Subscriptions',
  o.files - (o.k % 50 = 0)::int - (o.k % 31 = 0)::int, (o.k % 31 = 0)::int, (o.k % 50 = 0)::int, false, o.start_time, o.start_time + interval '1 day'
from bench.observation o join mirror.collection c on c.id = o.k cross join lateral (values (o.first_copy), (o.second_copy)) as r (rse_id) join mirror.rse e on e.id = r.rse_id;

insert into mirror.source (kind, state, as_of, checked_at) values ('REPLICATION', 'STREAMING', timestamptz '2026-11-01', timestamptz '2026-11-01');
