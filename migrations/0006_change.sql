-- When what Rucio says of something last changed, so that an answer from Rucio that was kept is not used once it is older. Written in the
-- transaction that brings the change; entries older than any answer is kept are deleted.
create table mirror.change (
  tag bigint primary key, -- digest of what changed, see src/datasources/mirror/change-tag.ts
  position pg_lsn not null, -- commit position of the last change
  changed_at timestamptz not null -- when the mirror took it in
) with (fillfactor = 70);

-- A new era begins where changes are not told one by one, as with a new snapshot: nothing kept before it is used after it. Not a column of
-- mirror.source, whose row must not be locked for as long as a transaction that begins an era takes.
create table mirror.era (
  singleton boolean primary key default true check (singleton),
  era uuid not null default gen_random_uuid(),
  since timestamptz not null default clock_timestamp()
);
insert into mirror.era default values;
