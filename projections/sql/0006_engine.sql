-- The read model `engine`: only what has not ended, so that taking over costs what is open and not what ever was.

create table views.open_jobs (
    job_id uuid primary key,
    workspace_id uuid not null,
    shard bigint not null,
    running bigint not null,
    kept bigint not null,
    ending boolean not null,
    moving boolean not null
) with (fillfactor = 80);
-- Jobs that only wait, however many, are not looked at when a runner takes over.
create index on views.open_jobs (shard) where moving;

create table views.open_runs (
    job_id uuid not null,
    run text not null,
    workspace_id uuid not null,
    shard bigint not null,
    status text not null,
    due_at timestamptz,
    primary key (job_id, run)
);
create index on views.open_runs (due_at, shard) where due_at is not null;
