-- Who performs what. The locks on the runners' sessions are the truth; these rows say who is behind them, and until when.

-- One row for each session a runner has had; a session is over when its presence lock is.
create table live_runners (
    session uuid primary key,
    name text not null,
    process_id integer not null,
    began_at timestamptz not null default clock_timestamp(),
    seen_at timestamptz not null default clock_timestamp()
);
create index live_runners_seen_at_idx on live_runners (seen_at);

-- The last holder of each shard. `held_to` is the last position of which the holder may have performed something;
-- null while it holds the shard, and for ever when its session was lost: then `seen_at` of the session tells it.
create table shard_holders (
    shard smallint primary key check (shard between 0 and 63),
    session uuid not null,
    held_to bigint
);
