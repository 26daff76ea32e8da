-- Runs that go on where their shard was given up in order. Whoever finds one without an outcome whose lock is free knows that it was
-- lost with its runner; every other run of such a shard was never begun, or ended in order, and is no loss.
create table late_runs (
    attempt_id text primary key,
    session uuid not null
);
