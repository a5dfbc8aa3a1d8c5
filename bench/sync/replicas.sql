-- One copy at the telescopes' site, one off site.
insert into replicas (rse_id, scope, name, bytes, adler32, state, lock_cnt, created_at, updated_at)
select r.id, f.scope, f.name, f.bytes, f.adler32,
  case when s < 960 then 'A' when s < 975 then 'C' when s < 985 then 'U' when s < 992 then 'D' when s < 996 then 'T' else 'B' end::"REPLICAS_STATE_CHK", 1,
  f.created_at + c.n * interval '10 s', f.created_at + c.n * interval '1 minute'
from bench.files(:first, :last) f, lateral (select d.north from bench.dataset(f.d) d) d, lateral (values (1, case when d.north then 1 else 2 end), (2, 3 + f.d % 6)) as c (n, rse)
join bench.rse r on r.n = c.rse, lateral (select (f.h >> c.n * 9) % 1000 as s) as s;
