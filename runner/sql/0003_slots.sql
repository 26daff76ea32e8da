-- Limits over jobs. A slot of a limit is an advisory lock on the session of the runner that has it, so that it ends with it.

-- Runs that were started and wait for a slot: who waits, and since when. Of a session that is over they say nothing.
create table slot_waits (
    job_id uuid not null,
    run text not null,
    workspace_id uuid not null,
    limit_key text not null,
    session uuid not null,
    since timestamptz not null,
    primary key (job_id, run)
);
create index slot_waits_limit_key_idx on slot_waits (limit_key);

-- When the next run under a limit in time may begin; whoever begins one moves it on.
create table slot_times (
    limit_key text primary key,
    next_at timestamptz not null
);
