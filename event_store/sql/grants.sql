-- What the service may do: read, and append through the function; never touch an event.
grant select on stored_events, claims, commits, log, schema_versions to {service};
grant select, insert, update, delete on snapshots to {service};
grant select, insert, update, delete on secrets to {service};
grant execute on function append, append_conflicts, append_settled to {service};
