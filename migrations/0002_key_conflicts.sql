-- Columns of the fields for which a file's metadata have two keys that say different things; null where all agree.
alter table mirror.file add column key_conflicts text[] collate "C";

-- Small, as few files have any: it makes counting them cheap.
create index file_key_conflicts on mirror.file (key_conflicts) where key_conflicts is not null;

-- The column is filled when `dipper migrate` derives the fields' values again.
update mirror.registry set digest = 'unfinished';
