-- The one process that keeps the mirror. `term` grows with every change of leader, and each transaction of sync names its own: a process that
-- only believes it leads cannot write.
create table mirror.leader (
  singleton boolean primary key default true check (singleton),
  term bigint not null,
  pid int not null, -- of the connection that holds the lock
  seen_at timestamptz not null -- last sign of life
);
insert into mirror.leader (term, pid, seen_at) values (0, 0, '-infinity');

-- Log that the source's server keeps for the mirror, in bytes, and what it says of the slot; null where there is none.
alter table mirror.source add column backlog_bytes bigint;
alter table mirror.source add column slot_status text check (slot_status in ('reserved', 'extended', 'unreserved', 'lost'));
