-- What has just come, or just changed.
create index file_created on mirror.file (created_at);
create index file_updated on mirror.file (updated_at);

-- Any attribute, by key and value.
create index file_metadata on mirror.file using gin (metadata jsonb_path_ops);

-- Copies that are not as they should be: few, and what operators ask for.
create index replica_state on mirror.replica (state, rse_id) where state <> 'AVAILABLE';
