-- How far runs are that are performed just now, as their actions tell: a row each for those that tell anything, gone with the run. It is
-- shown and recorded nowhere, so that losing this table loses nothing. Of a session that is over a row says nothing.
create table run_progress (
    job_id uuid not null,
    run text not null,
    workspace_id uuid not null,
    session uuid not null,
    progress jsonb not null,
    primary key (job_id, run)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 2000);
