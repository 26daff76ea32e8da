-- Runs that wait for workers outside, a row each as long as they wait. What an auditor asks stands in the log; who holds a run just now,
-- and until when, changes by the second and stands only here. What is missing here is made anew from the log by whoever takes the
-- shard of its job, so that losing this table loses leases and nothing else.
--
-- status: 0 free, 1 held by a worker, 2 told (its worker has reported, and the runner that owns the job is to record that), 3 lost (its
-- lease is over, and that is to be recorded before it is free again).
create table external_tasks (
    number bigint generated always as identity primary key,
    workspace_id uuid not null,
    queue text not null,
    priority smallint not null,
    job_id uuid not null,
    run text not null,
    shard smallint not null,
    parent_shard smallint,
    graph text not null,
    task text not null,
    once boolean not null,
    lease_seconds double precision not null,
    due_at timestamptz,
    content bytea not null,
    held text[] not null default '{}',
    offered_at timestamptz not null default clock_timestamp(),
    status smallint not null default 0,
    losses integer not null default 0,
    worker text,
    token uuid,
    taken_by text,
    taken_at timestamptz,
    leased_until timestamptz,
    progress jsonb,
    report bytea,
    reported_by text,
    request_id text,
    command_id text,
    unique (job_id, run)
) with (
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 2000,
    autovacuum_analyze_scale_factor = 0.0, autovacuum_analyze_threshold = 5000
);
create index external_tasks_free_idx on external_tasks (workspace_id, queue, priority desc, number) where status = 0;
create index external_tasks_held_idx on external_tasks (leased_until) where status = 1;
create index external_tasks_token_idx on external_tasks (token) where status = 1;
-- Content that is referred to from here and perhaps nowhere else yet: it must not be collected.
create index external_tasks_holding_idx on external_tasks (workspace_id) where held <> '{}';
create index external_tasks_over_idx on external_tasks (number) where status in (2, 3);
