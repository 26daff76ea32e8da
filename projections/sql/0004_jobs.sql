-- The read model `jobs`. Rows change often, so pages keep room for their next versions.

create table views.jobs (
    job_id uuid primary key,
    workspace_id uuid not null,
    position bigint not null,
    version bigint not null,
    last_position bigint not null,
    workflow_id uuid not null,
    workflow_version bigint not null,
    graph text not null,
    rules bigint not null,
    mode text not null,
    source text not null,
    started_by text not null,
    started_at timestamptz not null,
    title json,
    status text not null,
    ended_at timestamptz,
    ending text,
    error json,
    failed_run text,
    reason json,
    running bigint not null,
    waiting bigint not null,
    held bigint not null,
    succeeded bigint not null,
    failed bigint not null,
    skipped bigint not null,
    cancelled bigint not null
) with (fillfactor = 70);
create index on views.jobs (workspace_id, mode, position);
create index on views.jobs (workspace_id, mode, started_by, position);
create index on views.jobs (workspace_id, mode, status, position);
create index on views.jobs (workspace_id, mode, workflow_id, status, position);

create table views.job_tasks (
    job_id uuid not null,
    run text not null,
    position bigint not null,
    version bigint not null,
    task text not null,
    item bigint,
    round bigint not null,
    attempt bigint not null,
    status text not null,
    held boolean not null,
    started_at timestamptz,
    ended_at timestamptz,
    due_at timestamptz,
    waits_for text,
    review_id uuid,
    route text,
    outcome_version bigint,
    error json,
    policy text,
    reason json,
    corrected boolean not null,
    losses bigint not null,
    skipped_because text,
    skipped_input text,
    primary key (job_id, run)
) with (fillfactor = 80);
