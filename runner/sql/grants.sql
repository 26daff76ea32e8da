-- What the service may do: keep the list of runners, and of the shards they hold.
grant select, insert, update, delete on live_runners, shard_holders to {service};
