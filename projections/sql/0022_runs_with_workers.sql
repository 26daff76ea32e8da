-- Runs that wait for workers outside, so that whoever takes over finds those that are not offered to them.

create index on views.open_runs (shard) where status = 'WORKER';
