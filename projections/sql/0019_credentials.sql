-- The read model `credentials`, which holds no secret, and of the read model `jobs` which runs were given which of them.

create table views.credentials (
    credential_id uuid primary key,
    workspace_id uuid not null,
    shard bigint not null,
    position bigint not null,
    version bigint not null,
    last_position bigint not null,
    name text not null,
    kind text not null,
    description json,
    status text not null,
    revision bigint not null,
    fields text[] not null,
    created_by text not null,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    set_by text,
    set_at timestamptz,
    test_awaited boolean not null,
    tested boolean,
    tested_at timestamptz,
    test_message json,
    test_job_id uuid,
    reason json
) with (fillfactor = 70);
create index on views.credentials (workspace_id, position);
create index on views.credentials (shard) where test_awaited;

create table views.credential_uses (
    job_id uuid not null,
    version bigint not null,
    workspace_id uuid not null,
    credential_id uuid not null,
    position bigint not null,
    run text not null,
    task text not null,
    revision bigint not null,
    at timestamptz not null,
    primary key (job_id, version)
);
create index on views.credential_uses (workspace_id, credential_id, position);

-- The credentials that the tasks of a version name, and beside each the task.
alter table views.workflow_versions
    add column credentials text[] not null default '{}',
    add column credentials_tasks text[] not null default '{}';
create index on views.workflow_versions using gin (credentials);
