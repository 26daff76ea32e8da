-- Retries, time limits of jobs, pauses and compensation. No job of an older log has any of it.

-- Runs that failed and are tried again when they are due; when the job times out; whether it is paused, or being undone.
alter table views.jobs add column retrying bigint not null default 0;
alter table views.jobs add column due_at timestamptz;
alter table views.jobs add column paused_at timestamptz;
alter table views.jobs add column pause_reason json;
alter table views.jobs add column compensating boolean not null default false;

alter table views.job_for_each add column retrying bigint not null default 0;

alter table views.open_jobs add column due_at timestamptz;
alter table views.open_jobs add column paused boolean not null default false;
create index on views.open_jobs (due_at, shard) where due_at is not null;

-- What the watchdog looks for, and never finds: an open job that nothing could move on.
create index on views.open_jobs (workspace_id) where not moving and kept = 0 and not paused;
