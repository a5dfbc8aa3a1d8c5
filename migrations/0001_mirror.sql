-- The mirror of Rucio's catalogue. Names are Rucio's; text is compared by bytes (collate "C"), as Rucio's names are.
-- Columns of the field registry (config/fields.yaml) are added to mirror.file by `dipper migrate` itself.
create schema mirror;

-- Healthy states first: replicas are listed in this order.
create type mirror.replica_state as enum ('AVAILABLE', 'TEMPORARY_UNAVAILABLE', 'UNAVAILABLE', 'COPYING', 'BEING_DELETED', 'BAD');
create type mirror.rule_state as enum ('REPLICATING', 'OK', 'STUCK', 'SUSPENDED', 'WAITING_APPROVAL', 'INJECT');
create type mirror.did_type as enum ('FILE', 'DATASET', 'CONTAINER');
create type mirror.rse_type as enum ('DISK', 'TAPE');

create table mirror.rse (
  id int generated always as identity primary key,
  rse_id uuid not null unique, -- Rucio's own id
  name text collate "C" not null,
  type mirror.rse_type not null,
  deterministic boolean not null,
  availability_read boolean not null,
  availability_write boolean not null,
  availability_delete boolean not null,
  facts jsonb not null, -- Rucio's columns that RSE expressions can ask for, by their names there
  deleted boolean not null -- Rucio keeps the row of a deleted RSE; its name may come again
);
create unique index rse_name on mirror.rse (name) where not deleted;

create table mirror.rse_attribute (
  rse_id int not null references mirror.rse on delete cascade,
  key text collate "C" not null,
  value text not null, -- as Rucio stores it: 'true' and 'false' stand for booleans
  primary key (rse_id, key)
);

create table mirror.rse_protocol (
  rse_id int not null references mirror.rse on delete cascade,
  scheme text collate "C" not null,
  hostname text collate "C" not null,
  port int not null,
  prefix text not null,
  impl text not null,
  extended_attributes text,
  -- Priority of each operation in each domain: null is not offered, the smallest is first.
  read_lan int, write_lan int, delete_lan int,
  read_wan int, write_wan int, delete_wan int,
  third_party_copy_read int, third_party_copy_write int,
  primary key (rse_id, scheme, hostname, port)
);

-- Address of a copy by one protocol, joined as the protocol's class does in Rucio; null where such a class has no address of this form.
-- `own`: the path is the replica's own, not made from its name. The same as in src/domain/pfn.ts.
create function mirror.pfn(p mirror.rse_protocol, path text, own boolean) returns text language sql immutable parallel safe as $$
  with part as (
    select split_part((p).impl, '.', -2) as module,
      regexp_replace(regexp_replace((p).prefix, '^(?!/)', '/'), '(?<!/)$', '/') as prefix,
      regexp_replace(path, '^/', '') as bare)
  select case
    when module in ('bittorrent', 'globus', 'rclone', 'ssh') then null
    when module = 'posix' then (p).scheme || '://' || (p).hostname || prefix || case when own then bare else path end
    when module in ('xrootd', 'storm') then (p).scheme || '://' || (p).hostname || ':' || (p).port || prefix || path
    when module = 'gfal' then (p).scheme || '://' || regexp_replace((p).hostname, '^.*?://', '') || case (p).port when 0 then '' else ':' || (p).port end
      || coalesce(substring((p).extended_attributes from '"web_service_path"\s*:\s*"([^"]*)"'), '')
      || prefix || case (p).scheme when 'root' then path else bare end
    else (p).scheme || '://' || (p).hostname || ':' || (p).port || prefix || case when own then bare else path end end
  from part
$$;

create table mirror.rse_usage (
  rse_id int not null references mirror.rse on delete cascade,
  source text collate "C" not null,
  used bigint,
  free bigint,
  files bigint,
  updated_at timestamptz not null,
  primary key (rse_id, source)
);

create table mirror.file (
  id bigint generated always as identity primary key,
  scope text collate "C" not null,
  name text collate "C" not null,
  account text collate "C" not null,
  bytes bigint not null,
  adler32 text collate "C",
  md5 text collate "C",
  created_at timestamptz not null,
  updated_at timestamptz not null,
  metadata jsonb not null default '{}'
);
create unique index file_name on mirror.file (scope, name);

create table mirror.replica (
  file_id bigint not null references mirror.file on delete cascade,
  rse_id int not null references mirror.rse on delete cascade,
  state mirror.replica_state not null,
  bytes bigint not null,
  adler32 text collate "C",
  path text, -- set where the RSE is not deterministic
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (file_id, rse_id)
);
create index replica_rse on mirror.replica (rse_id);

create table mirror.collection (
  id bigint generated always as identity primary key,
  scope text collate "C" not null,
  name text collate "C" not null,
  did_type mirror.did_type not null check (did_type <> 'FILE'),
  account text collate "C" not null,
  is_open boolean not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  metadata jsonb not null default '{}'
);
create unique index collection_name on mirror.collection (did_type, scope, name);
create unique index collection_did on mirror.collection (scope, name);

-- True, or the end of the statement: a cursor that was made for another list must not quietly give another page.
create function mirror.same_list(list text, of_cursor text) returns boolean language plpgsql as $$
begin
  if list is distinct from of_cursor then
    raise exception using errcode = 'DP001', message = 'The cursor belongs to another list.';
  end if;
  return true;
end
$$;

create table mirror.content_file (
  collection_id bigint not null references mirror.collection on delete cascade,
  file_id bigint not null references mirror.file on delete cascade,
  primary key (collection_id, file_id)
);
create index content_file_parent on mirror.content_file (file_id);

create table mirror.content_collection (
  collection_id bigint not null references mirror.collection on delete cascade,
  child_id bigint not null references mirror.collection on delete cascade,
  primary key (collection_id, child_id)
);
create index content_collection_parent on mirror.content_collection (child_id);

create table mirror.rule (
  id uuid primary key, -- Rucio's own id
  scope text collate "C" not null,
  name text collate "C" not null,
  did_type mirror.did_type not null,
  account text collate "C" not null,
  rse_expression text not null,
  source_replica_expression text,
  copies int not null,
  state mirror.rule_state not null,
  "grouping" text,
  activity text,
  locks_ok_cnt bigint not null,
  locks_replicating_cnt bigint not null,
  locks_stuck_cnt bigint not null,
  locked boolean not null,
  error text,
  expires_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index rule_did on mirror.rule (scope, name);
create index rule_created on mirror.rule (created_at, id);

-- What the mirror follows and how far it has come: one row.
create table mirror.source (
  singleton boolean primary key default true check (singleton),
  kind text not null check (kind in ('REPLICATION', 'REST')),
  state text not null check (state in ('SNAPSHOT', 'STREAMING', 'CRAWLING')),
  identity text, -- which server and database it is: another one needs a new snapshot
  position pg_lsn, -- commit position of the last transaction of the source that was applied
  as_of timestamptz, -- latest moment up to which all changes of the source are in the mirror
  behind_since timestamptz, -- commit time of the oldest change known and not yet applied
  checked_at timestamptz -- when sync last wrote this row: older than a few seconds means that nothing follows the source
);

-- Rows of the source that could not be taken in. Nothing is dropped silently.
create table mirror.set_aside (
  id bigint generated always as identity primary key,
  source_table text not null,
  key text not null,
  reason text not null,
  "row" text, -- the row as JSON, to try it again
  waits_for text[] not null default '{}', -- DIDs (scope:name) and RSEs (Rucio's id) that it names and the mirror does not have
  seen_at timestamptz not null default now(),
  unique (source_table, key)
);
create index set_aside_waits_for on mirror.set_aside using gin (waits_for);

-- The field registry that the columns of mirror.file were made from.
create table mirror.registry (
  singleton boolean primary key default true check (singleton),
  digest text not null,
  fields jsonb not null
);
