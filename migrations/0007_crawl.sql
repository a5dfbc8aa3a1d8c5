-- Rucio's REST interface does not tell when a copy was registered, or last changed.
alter table mirror.replica alter column created_at drop not null, alter column updated_at drop not null;

-- Where a crawl of Rucio's REST interface stands. What a pass has yet to read is a row here, and goes in the transaction that brings it into
-- the mirror: after any break the crawl goes on with what is left.
create schema crawl;

-- The pass under way; no row between passes.
create table crawl.pass (
  singleton boolean primary key default true check (singleton),
  began timestamptz not null, -- by Rucio's clock: all that had changed before is in the mirror when the pass has ended
  started_at timestamptz not null default now(), -- by the mirror's
  dids bigint not null default 0, -- read so far
  rses_read boolean not null default false
);

-- Scopes whose names and rules are yet to be listed.
create table crawl.scope (scope text collate "C" primary key);

-- DIDs that are yet to be read.
create table crawl.did (
  scope text collate "C" not null,
  name text collate "C" not null,
  did_type mirror.did_type not null,
  readings int not null default 0, -- bit n: the n-th reading of the scope's names had it
  rank bigint, -- of a collection whose own row has been read: what it holds is next, the highest rank first
  primary key (scope, name)
);
create index did_unread on crawl.did (scope, name) where did_type <> 'FILE' and rank is null;
create index did_rank on crawl.did (did_type, rank, scope, name) where rank is not null;

-- Rules as listed.
create table crawl.rule (
  id uuid primary key,
  scope text collate "C" not null,
  created_at timestamptz not null,
  readings int not null default 0
);
create index rule_scope on crawl.rule (scope);

-- What collections hold, as listed, until it is in the mirror.
create table crawl.content (
  scope text collate "C" not null,
  name text collate "C" not null,
  child_scope text collate "C" not null,
  child_name text collate "C" not null,
  child_type text not null, -- Rucio's letter
  primary key (scope, name, child_scope, child_name)
);
