-- Who wrote to Rucio through dipper, or tried to: beside the mirror, for it outlives every rebuild of that.
create table dipper.audit (
  id bigint generated always as identity primary key,
  begun_at timestamptz not null default now(),
  request_id text not null,
  kind text not null,
  issuer text,
  subject text not null,
  operation text not null,
  input jsonb not null,
  -- All of these are null until the end is known: of a row that stays so, nobody knows whether Rucio has done it.
  ended_at timestamptz,
  account text,
  outcome text,
  message text,
  result jsonb
);
create index audit_begun_at on dipper.audit (begun_at);
create index audit_subject on dipper.audit (subject, begun_at);
comment on column dipper.audit.account is 'Rucio account that it was done as; null where there was none.';
comment on column dipper.audit.outcome is 'OK, or the code of the error.';
comment on column dipper.audit.result is 'What came of it: ids of rules, or names that were declared and refused.';
