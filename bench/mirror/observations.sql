-- The observations of an archive of :files files: who observed what, when, and which ids its files get. Sizes follow from the number
-- of the observation alone, so a smaller archive is the beginning of a larger one.
create table bench.observation as
with sized as (
  select k, hashint8extended(k, 1) & 9223372036854775807 as h,
    300 + ((hashint8extended(k, 2) & 1023) * (hashint8extended(k, 3) & 1023) * 2700) / 1046529 as files
  from generate_series(1, :files / 300 + 1) as k
), placed as (
  select *, sum(files) over (order by k) - files + 1 as first_id from sized
), dated as (
  select *, date '2024-01-01' + ((k - 1) / 12)::int as night, (k - 1) % 12 < 6 as north, (k - 1) % 6 as slot from placed where first_id <= :files
)
select k, first_id::bigint as first_id, least(files, :files - first_id + 1)::int as files,
  200000000 + k as obs_id, 5000000000 + (k - 1) / 3 as sb_id, night, to_char(night, 'YYYY/MM/DD') as day,
  case when north then 'CTAO-North' else 'CTAO-South' end as site, 1 + h % 3 as subarray_id, began as start_time,
  to_char(began at time zone 'UTC', 'YYYYMMDD"T"HH24MISS') || '_SBID' || lpad((5000000000 + (k - 1) / 3)::text, 19, '0') || '_OBSID' || lpad((200000000 + k)::text, 19, '0') as stamp,
  -- A telescope of the subarray is out of order now and then; the first never is.
  array(select t from generate_series((case when north then array[1, 1, 5] else array[101, 115, 101] end)[1 + h % 3],
    (case when north then array[13, 4, 13] else array[114, 134, 134] end)[1 + h % 3]) as t
    where t in (1, 5, 101, 115) or hashint8extended(k * 1000 + t, 4) % 20 <> 0 order by t) as telescopes,
  first_id <= :files * 0.4 as flat, -- the older generation of metadata keys
  (array['Crab Nebula', 'Mrk 421', 'Mrk 501', 'Galactic Centre', 'Crab Nebula', 'LMC', 'PKS 2155-304', 'M 87', 'Vela X', 'Cas A', 'IC 443', 'RX J1713.7-3946',
    'Crab Nebula', 'Cygnus X-3', 'NGC 1275', 'HESS J1745-290'])[1 + (h >> 8) % 16] as target,
  (array['clear', 'clear', 'clear', 'clear', 'clear', 'clear', 'thin clouds', 'thin clouds', 'dust', 'cloudy'])[1 + (h >> 16) % 10] as weather,
  (h >> 24) % 60 + 5 as zenith, (h >> 32) % 4 = 0 as moonlight,
  case when north then 1 else 2 end as onsite, 3 + (h >> 36) % 6 as first_copy, 9 + (h >> 42) % 6 as second_copy
from dated cross join lateral (select (night + case when north then time '20:30' else time '23:10' end) at time zone 'UTC' + slot * interval '30 minutes' as began) as b;

alter table bench.observation add primary key (k);
