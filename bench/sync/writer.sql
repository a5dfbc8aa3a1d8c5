-- Changes as Rucio makes them; each function is one of its transactions. `i` is a file's number.
create schema if not exists bench;

-- Rucio empties metadata before it writes them. One row that changes, sent as two.
create or replace function bench.set_metadata(i int, turn int) returns void language plpgsql as $$
declare file record;
begin
  select scope, name into file from bench.files(i, i);
  update rucio.did_meta m set meta = null, updated_at = now() where m.scope = file.scope and m.name = file.name;
  update rucio.did_meta m set meta = bench.metadata(i, turn), updated_at = now() where m.scope = file.scope and m.name = file.name;
end $$;

-- A copy's state, and the counts of the rule that asked for it: two rows.
create or replace function bench.set_state(i int) returns void language plpgsql as $$
declare file record;
begin
  select f.scope, f.name, d.folder, r.id as rse into file from bench.files(i, i) f, lateral bench.dataset(f.d) d join bench.rse r on r.n = case when d.north then 1 else 2 end;
  update rucio.replicas r set state = case r.state when 'A' then 'U' else 'A' end::rucio."REPLICAS_STATE_CHK", updated_at = now() where r.scope = file.scope and r.name = file.name and r.rse_id = file.rse;
  update rucio.rules r set locks_ok_cnt = locks_ok_cnt + case when i % 2 = 0 then 1 else -1 end, updated_at = now() where r.id = md5(file.folder || 1)::uuid;
end $$;

-- New files, each with a copy: two rows a file. The first of a dataset brings that, too.
create or replace function bench.register(first int, last int) returns void language plpgsql as $$
begin
  insert into rucio.dids (scope, name, account, did_type, is_open, complete, availability, created_at, updated_at)
  select d.scope, d.folder, 'root', 'D', true, null, 'A', now(), now() from bench.dataset((first - 1) / 100) d on conflict do nothing;
  insert into rucio.dids (scope, name, account, did_type, complete, availability, bytes, length, adler32, created_at, updated_at)
  select scope, name, 'root', 'F', null, 'A', bytes, 1, adler32, now(), now() from bench.files(first, last);
  insert into rucio.replicas (rse_id, scope, name, bytes, adler32, state, created_at, updated_at)
  select r.id, f.scope, f.name, f.bytes, f.adler32, 'A', now(), now() from bench.files(first, last) f join bench.rse r on r.n = 1;
end $$;

create or replace function bench.attach(first int, last int) returns void language sql as $$
  insert into rucio.contents (scope, name, child_scope, child_name, did_type, child_type, bytes, adler32, created_at, updated_at)
  select f.scope, d.folder, f.scope, f.name, 'D', 'F', f.bytes, f.adler32, now(), now() from bench.files(first, last) f, lateral bench.dataset(f.d) d
$$;

create or replace function bench.add_metadata(i int) returns void language plpgsql as $$
declare file record;
begin
  select scope, name into file from bench.files(i, i);
  insert into rucio.did_meta (scope, name, did_type, created_at, updated_at) values (file.scope, file.name, 'F', now(), now());
  update rucio.did_meta m set meta = bench.metadata(i, 0), updated_at = now() where m.scope = file.scope and m.name = file.name;
end $$;

-- A known file, spread over the catalogue; never the first, which bears the marks.
create or replace function bench.known(n int, files int) returns int language sql immutable as $$ select 2 + (n::bigint * 104729 % (files - 1))::int $$;

-- Units of work number `first` to `last`: 28 changed rows each in 14 transactions. Four files are new in each.
create or replace procedure bench.work(first int, last int, files int) language plpgsql as $$
declare u int; k int; i int;
begin
  for u in first .. last loop
    for k in 0 .. 3 loop
      perform bench.set_metadata(bench.known(u * 4 + k, files), u % 1000 + 1);
      commit;
      perform bench.set_state(bench.known(u * 4 + k + 1, files));
      commit;
    end loop;
    i := files + u * 4;
    perform bench.register(i + 1, i + 4);
    commit;
    perform bench.attach(i + 1, i + 4);
    commit;
    for k in 1 .. 4 loop
      perform bench.add_metadata(i + k);
      commit;
    end loop;
  end loop;
end $$;

-- Writes rows again as they are: nothing changes, but all is sent.
create or replace function bench.replay(files int) returns void language plpgsql as $$
declare file record;
begin
  for file in select x.scope, x.name from generate_series(1, 3000) as n, lateral bench.files(bench.known(n, files), bench.known(n, files)) as x loop
    update rucio.did_meta m set meta = meta where m.scope = file.scope and m.name = file.name;
    update rucio.dids d set bytes = bytes where d.scope = file.scope and d.name = file.name;
    update rucio.replicas r set state = state where r.scope = file.scope and r.name = file.name;
  end loop;
  update rucio.rules set state = state where id in (select id from rucio.rules order by id limit 1000);
  update rucio.contents c set bytes = bytes where (scope, name, child_scope, child_name) in (select scope, name, child_scope, child_name from rucio.contents limit 1000);
  update rucio.rses set rse = rse;
  update rucio.rse_attr_map set value = value;
  update rucio.rse_protocols set prefix = prefix;
end $$;
