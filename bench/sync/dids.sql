insert into dids (scope, name, account, did_type, monotonic, hidden, obsolete, complete, is_new, availability, suppressed, bytes, length, adler32, purge_replicas, transient, created_at, updated_at)
select scope, name, 'root', 'F', false, false, false, null, null, 'A', false, bytes, 1, adler32, true, false, created_at, created_at from bench.files(:first, :last);
insert into did_meta (scope, name, meta, did_type, created_at, updated_at)
select scope, name, bench.metadata(i, 0), 'F', created_at, created_at + interval '1 s' from bench.files(:first, :last);
insert into contents (scope, name, child_scope, child_name, did_type, child_type, bytes, adler32, created_at, updated_at)
select f.scope, d.folder, f.scope, f.name, 'D', 'F', f.bytes, f.adler32, f.created_at, f.created_at from bench.files(:first, :last) f, lateral bench.dataset(f.d) d;
