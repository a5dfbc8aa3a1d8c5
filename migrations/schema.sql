-- The mirror as `dipper migrate` makes it with config/fields.yaml. Made by a test: do not edit.

create schema mirror;

create type mirror.did_type as enum ('FILE', 'DATASET', 'CONTAINER');

create type mirror.replica_state as enum ('AVAILABLE', 'TEMPORARY_UNAVAILABLE', 'UNAVAILABLE', 'COPYING', 'BEING_DELETED', 'BAD');

create type mirror.rse_type as enum ('DISK', 'TAPE');

create type mirror.rule_state as enum ('REPLICATING', 'OK', 'STUCK', 'SUSPENDED', 'WAITING_APPROVAL', 'INJECT');

create table mirror.change (
  "position" pg_lsn not null,
  changed_at timestamp with time zone not null,
  tag bigint not null,
  constraint change_pkey PRIMARY KEY (tag)
);

create table mirror.collection (
  account text collate "C" not null,
  created_at timestamp with time zone not null,
  did_type mirror.did_type not null,
  id bigint generated always as identity not null,
  is_open boolean not null,
  metadata jsonb default '{}'::jsonb not null,
  name text collate "C" not null,
  scope text collate "C" not null,
  updated_at timestamp with time zone not null,
  constraint collection_did_type_check CHECK ((did_type <> 'FILE'::mirror.did_type)),
  constraint collection_pkey PRIMARY KEY (id)
);

create table mirror.content_collection (
  child_id bigint not null,
  collection_id bigint not null,
  constraint content_collection_child_id_fkey FOREIGN KEY (child_id) REFERENCES mirror.collection(id) ON DELETE CASCADE,
  constraint content_collection_collection_id_fkey FOREIGN KEY (collection_id) REFERENCES mirror.collection(id) ON DELETE CASCADE,
  constraint content_collection_pkey PRIMARY KEY (collection_id, child_id)
);

create table mirror.content_file (
  collection_id bigint not null,
  file_id bigint not null,
  constraint content_file_collection_id_fkey FOREIGN KEY (collection_id) REFERENCES mirror.collection(id) ON DELETE CASCADE,
  constraint content_file_file_id_fkey FOREIGN KEY (file_id) REFERENCES mirror.file(id) ON DELETE CASCADE,
  constraint content_file_pkey PRIMARY KEY (collection_id, file_id)
);

create table mirror.era (
  era uuid default gen_random_uuid() not null,
  since timestamp with time zone default clock_timestamp() not null,
  singleton boolean default true not null,
  constraint era_pkey PRIMARY KEY (singleton),
  constraint era_singleton_check CHECK (singleton)
);

create table mirror.file (
  account text collate "C" not null,
  adler32 text collate "C",
  bytes bigint not null,
  category text collate "C",
  chunk_id bigint,
  created_at timestamp with time zone not null,
  data_association text collate "C",
  data_division text collate "C",
  data_level text collate "C",
  data_type text collate "C",
  end_time timestamp with time zone,
  id bigint generated always as identity not null,
  key_conflicts text[] collate "C",
  md5 text collate "C",
  metadata jsonb default '{}'::jsonb not null,
  name text collate "C" not null,
  obs_id bigint,
  observing_night text collate "C",
  release text collate "C",
  sb_id bigint,
  scope text collate "C" not null,
  site_id text collate "C",
  start_time timestamp with time zone,
  subarray_id bigint,
  tel_ids integer[],
  updated_at timestamp with time zone not null,
  constraint file_pkey PRIMARY KEY (id)
);

create table mirror.registry (
  digest text not null,
  fields jsonb not null,
  singleton boolean default true not null,
  constraint registry_pkey PRIMARY KEY (singleton),
  constraint registry_singleton_check CHECK (singleton)
);

create table mirror.replica (
  adler32 text collate "C",
  bytes bigint not null,
  created_at timestamp with time zone,
  file_id bigint not null,
  path text,
  rse_id integer not null,
  state mirror.replica_state not null,
  updated_at timestamp with time zone,
  constraint replica_file_id_fkey FOREIGN KEY (file_id) REFERENCES mirror.file(id) ON DELETE CASCADE,
  constraint replica_pkey PRIMARY KEY (file_id, rse_id),
  constraint replica_rse_id_fkey FOREIGN KEY (rse_id) REFERENCES mirror.rse(id) ON DELETE CASCADE
);

create table mirror.rse (
  availability_delete boolean not null,
  availability_read boolean not null,
  availability_write boolean not null,
  deleted boolean not null,
  deterministic boolean not null,
  facts jsonb not null,
  id integer generated always as identity not null,
  name text collate "C" not null,
  rse_id uuid not null,
  type mirror.rse_type not null,
  constraint rse_pkey PRIMARY KEY (id),
  constraint rse_rse_id_key UNIQUE (rse_id)
);

create table mirror.rse_attribute (
  key text collate "C" not null,
  rse_id integer not null,
  value text not null,
  constraint rse_attribute_pkey PRIMARY KEY (rse_id, key),
  constraint rse_attribute_rse_id_fkey FOREIGN KEY (rse_id) REFERENCES mirror.rse(id) ON DELETE CASCADE
);

create table mirror.rse_protocol (
  bare_made boolean generated always as (((split_part(impl, '.'::text, '-2'::integer) = 'gfal'::text) AND (scheme <> 'root'::text))) stored not null,
  bare_own boolean generated always as (
CASE split_part(impl, '.'::text, '-2'::integer)
    WHEN 'gfal'::text THEN (scheme <> 'root'::text)
    WHEN 'xrootd'::text THEN false
    WHEN 'storm'::text THEN false
    ELSE true
END) stored not null,
  delete_lan integer,
  delete_wan integer,
  extended_attributes text,
  hostname text collate "C" not null,
  impl text not null,
  port integer not null,
  prefix text not null,
  read_lan integer,
  read_wan integer,
  rse_id integer not null,
  scheme text collate "C" not null,
  third_party_copy_read integer,
  third_party_copy_write integer,
  url_start text generated always as ((
CASE split_part(impl, '.'::text, '-2'::integer)
    WHEN 'bittorrent'::text THEN NULL::text
    WHEN 'globus'::text THEN NULL::text
    WHEN 'rclone'::text THEN NULL::text
    WHEN 'ssh'::text THEN NULL::text
    WHEN 'posix'::text THEN ((scheme || '://'::text) || hostname)
    WHEN 'gfal'::text THEN ((((scheme || '://'::text) || regexp_replace(hostname, '^.*?://'::text, ''::text)) ||
    CASE port
        WHEN 0 THEN ''::text
        ELSE (':'::text || port)
    END) || COALESCE("substring"(extended_attributes, '"web_service_path"\s*:\s*"([^"]*)"'::text), ''::text))
    ELSE ((((scheme || '://'::text) || hostname) || ':'::text) || port)
END || regexp_replace(regexp_replace(prefix, '^(?!/)'::text, '/'::text), '(?<!/)$'::text, '/'::text))) stored,
  write_lan integer,
  write_wan integer,
  constraint rse_protocol_pkey PRIMARY KEY (rse_id, scheme, hostname, port),
  constraint rse_protocol_rse_id_fkey FOREIGN KEY (rse_id) REFERENCES mirror.rse(id) ON DELETE CASCADE
);

create table mirror.rse_usage (
  files bigint,
  free bigint,
  rse_id integer not null,
  source text collate "C" not null,
  updated_at timestamp with time zone not null,
  used bigint,
  constraint rse_usage_pkey PRIMARY KEY (rse_id, source),
  constraint rse_usage_rse_id_fkey FOREIGN KEY (rse_id) REFERENCES mirror.rse(id) ON DELETE CASCADE
);

create table mirror.rule (
  "grouping" text,
  account text collate "C" not null,
  activity text,
  copies integer not null,
  created_at timestamp with time zone not null,
  did_type mirror.did_type not null,
  error text,
  expires_at timestamp with time zone,
  id uuid not null,
  locked boolean not null,
  locks_ok_cnt bigint not null,
  locks_replicating_cnt bigint not null,
  locks_stuck_cnt bigint not null,
  name text collate "C" not null,
  rse_expression text not null,
  scope text collate "C" not null,
  source_replica_expression text,
  state mirror.rule_state not null,
  updated_at timestamp with time zone not null,
  constraint rule_pkey PRIMARY KEY (id)
);

create table mirror.set_aside (
  "row" text,
  id bigint generated always as identity not null,
  key text not null,
  reason text not null,
  seen_at timestamp with time zone default now() not null,
  source_table text not null,
  waits_for text[] default '{}'::text[] not null,
  constraint set_aside_pkey PRIMARY KEY (id),
  constraint set_aside_source_table_key_key UNIQUE (source_table, key)
);

create table mirror.snapshot (
  "position" pg_lsn not null,
  as_of timestamp with time zone,
  files bigint default 0 not null,
  identity text not null,
  last_name text collate "C",
  last_scope text collate "C",
  read_to pg_lsn,
  rows bigint default 0 not null,
  singleton boolean default true not null,
  version text not null,
  constraint snapshot_pkey PRIMARY KEY (singleton),
  constraint snapshot_singleton_check CHECK (singleton)
);

create table mirror.source (
  "position" pg_lsn,
  as_of timestamp with time zone,
  backlog_bytes bigint,
  behind_since timestamp with time zone,
  checked_at timestamp with time zone,
  identity text,
  kind text not null,
  leader_pid integer,
  leader_seen_at timestamp with time zone,
  rses_version bigint default 0 not null,
  singleton boolean default true not null,
  slot_status text,
  state text not null,
  term bigint default 0 not null,
  constraint source_kind_check CHECK ((kind = ANY (ARRAY['REPLICATION'::text, 'REST'::text]))),
  constraint source_pkey PRIMARY KEY (singleton),
  constraint source_singleton_check CHECK (singleton),
  constraint source_slot_status_check CHECK ((slot_status = ANY (ARRAY['reserved'::text, 'extended'::text, 'unreserved'::text, 'lost'::text]))),
  constraint source_state_check CHECK ((state = ANY (ARRAY['SNAPSHOT'::text, 'STREAMING'::text, 'CRAWLING'::text])))
);

CREATE UNIQUE INDEX collection_did ON mirror.collection USING btree (scope, name);

CREATE UNIQUE INDEX collection_name ON mirror.collection USING btree (did_type, scope, name);

CREATE INDEX content_collection_parent ON mirror.content_collection USING btree (child_id);

CREATE INDEX content_file_parent ON mirror.content_file USING btree (file_id);

CREATE INDEX file_created ON mirror.file USING btree (created_at);

CREATE INDEX file_field_data_level ON mirror.file USING btree (data_level, scope, name);

CREATE INDEX file_field_data_type ON mirror.file USING btree (data_type, scope, name);

CREATE INDEX file_field_obs_id ON mirror.file USING btree (obs_id, scope, name);

CREATE INDEX file_field_observing_night ON mirror.file USING btree (observing_night, scope, name);

CREATE INDEX file_key_conflicts ON mirror.file USING btree (key_conflicts) WHERE (key_conflicts IS NOT NULL);

CREATE INDEX file_list_tel_ids ON mirror.file USING gin (tel_ids);

CREATE INDEX file_long_cd9215a9 ON mirror.file USING btree (start_time) WHERE ((end_time - start_time) > '01:00:00'::interval);

CREATE INDEX file_metadata ON mirror.file USING gin (metadata jsonb_path_ops);

CREATE UNIQUE INDEX file_name ON mirror.file USING btree (scope, name);

CREATE INDEX file_none_obs_id ON mirror.file USING btree (scope, name) WHERE (obs_id IS NULL);

CREATE INDEX file_none_sb_id ON mirror.file USING btree (scope, name) WHERE (sb_id IS NULL);

CREATE INDEX file_none_start_time ON mirror.file USING btree (scope, name) WHERE (start_time IS NULL);

CREATE INDEX file_small_sb_id ON mirror.file USING btree (sb_id);

CREATE INDEX file_small_start_time ON mirror.file USING btree (start_time);

CREATE INDEX file_updated ON mirror.file USING btree (updated_at);

CREATE INDEX replica_rse ON mirror.replica USING btree (rse_id);

CREATE INDEX replica_state ON mirror.replica USING btree (state, rse_id) WHERE (state <> 'AVAILABLE'::mirror.replica_state);

CREATE UNIQUE INDEX rse_name ON mirror.rse USING btree (name) WHERE (NOT deleted);

CREATE INDEX rule_created ON mirror.rule USING btree (created_at, id);

CREATE INDEX rule_did ON mirror.rule USING btree (scope, name);

CREATE INDEX set_aside_waits_for ON mirror.set_aside USING gin (waits_for);

CREATE OR REPLACE FUNCTION mirror.same_list(list text, of_cursor text)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
begin
  if list is distinct from of_cursor then
    raise exception using errcode = 'DP001', message = 'The cursor belongs to another list.';
  end if;
  return true;
end
$function$
;
