-- What a PFN begins with, worked out once a protocol and not once a copy; null where the protocol's class has no address of this form.
-- `bare_made`, `bare_own`: whether a path loses its slash in front, made from the name or the copy's own. The same as in src/domain/pfn.ts.
alter table mirror.rse_protocol
  add url_start text generated always as (case split_part(impl, '.', -2)
    when 'bittorrent' then null when 'globus' then null when 'rclone' then null when 'ssh' then null
    when 'posix' then scheme || '://' || hostname
    when 'gfal' then scheme || '://' || regexp_replace(hostname, '^.*?://', '') || case port when 0 then '' else ':' || port end
      || coalesce(substring(extended_attributes from '"web_service_path"\s*:\s*"([^"]*)"'), '')
    else scheme || '://' || hostname || ':' || port end
    || regexp_replace(regexp_replace(prefix, '^(?!/)', '/'), '(?<!/)$', '/')) stored,
  add bare_made boolean not null generated always as (split_part(impl, '.', -2) = 'gfal' and scheme <> 'root') stored,
  add bare_own boolean not null generated always as (case split_part(impl, '.', -2) when 'gfal' then scheme <> 'root' when 'xrootd' then false when 'storm' then false else true end) stored;

drop function mirror.pfn;
