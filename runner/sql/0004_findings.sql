-- What checking code has found, so that it is not checked again in each process and after each start. Disposable: what is missing is found anew.
create table findings (
    key bytea primary key,
    checker text not null,
    findings jsonb not null,
    used_at timestamptz not null default clock_timestamp()
);
create index findings_used_at_idx on findings (used_at);
