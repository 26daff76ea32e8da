-- Where what tasks gave in previews stands in the log, so that it stands again while kind, configuration and inputs are the same.
-- Disposable: what is not here is performed anew. The key is a keyed digest, and tells nobody what the inputs were.
create table kept_outputs (
    workspace_id uuid not null,
    workflow_id uuid not null,
    key bytea not null,
    job_id uuid not null,
    version bigint not null,
    kept_at timestamptz not null default now(),
    primary key (workspace_id, workflow_id, key)
);
create index kept_outputs_kept_at_idx on kept_outputs (kept_at);
