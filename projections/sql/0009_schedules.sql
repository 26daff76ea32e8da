-- The read model `schedules`. A schedule that waits for its time costs a row; who takes over a shard asks for what is due by an index.

create table views.schedules (
    schedule_id uuid primary key,
    workspace_id uuid not null,
    shard bigint not null,
    position bigint not null,
    version bigint not null,
    last_position bigint not null,
    edition bigint not null,
    name text not null,
    status text not null,
    workflow_id uuid not null,
    plan json not null,
    member_id uuid not null,
    created_by text not null,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    next_at timestamptz,
    reason json,
    started bigint not null,
    missed bigint not null,
    refused bigint not null
) with (fillfactor = 70);
create index on views.schedules (workspace_id, status, position);
create index on views.schedules (workspace_id, workflow_id, status, position);
create index on views.schedules (next_at, shard) where next_at is not null;

-- What became of the times that came: one row a time, but one for all that were missed together.
create table views.schedule_times (
    schedule_id uuid not null,
    version bigint not null,
    workspace_id uuid not null,
    position bigint not null,
    outcome text not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    count bigint,
    told_at timestamptz not null,
    job_id uuid,
    because text,
    error json,
    primary key (schedule_id, version)
);
