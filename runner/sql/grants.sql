-- What the service may do: keep the list of runners, and of the shards they hold,
-- and of the runs they finish after giving those up.
-- And who waits for a slot of a limit over jobs, what checking code has found, and what is kept of previews.
grant select, insert, update, delete on live_runners, shard_holders, late_runs, slot_waits, slot_times, findings, kept_outputs to {service};
-- Uploads under way, and which files large values hold.
grant select, insert, update, delete on uploads, upload_parts, large_values_read, held_by_large_values, collections to {service};
-- What waits for workers outside, and who holds it.
grant select, insert, update, delete on external_tasks to {service};
-- How far the runs are that are performed just now.
grant select, insert, update, delete on run_progress to {service};
