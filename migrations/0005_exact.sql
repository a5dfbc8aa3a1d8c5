-- Who keeps the mirror. `term` grows with every change of leader, and each transaction of sync names its own: a process that only believes
-- it leads cannot write.
alter table mirror.source
  add column term bigint not null default 0,
  add column leader_pid int, -- of the connection that holds the lock
  add column leader_seen_at timestamptz, -- its last sign of life
  -- Grows whenever something about RSEs changes: readers, who keep the RSEs in memory, see in each answer whether theirs are of its time.
  add column rses_version bigint not null default 0,
  -- Log that the source's server keeps for the mirror, in bytes, and what it says of the slot; null where there is none.
  add column backlog_bytes bigint,
  add column slot_status text check (slot_status in ('reserved', 'extended', 'unreserved', 'lost'));

-- A snapshot that is being taken into the schema mirror_next, and how far it has come: one row.
create table mirror.snapshot (
  singleton boolean primary key default true check (singleton),
  version text not null, -- of the tables that are filled: another one begins anew
  identity text not null, -- server and database that is copied
  position pg_lsn not null, -- the slot's stream is needed from here on
  as_of timestamptz, -- a moment before `read_to`
  read_to pg_lsn, -- the rows are as they were here at the latest; null while rows are being read
  rows bigint not null default 0,
  files bigint not null default 0,
  last_scope text collate "C", -- all files up to this one are read; null before the first
  last_name text collate "C"
);
