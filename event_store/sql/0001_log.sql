-- The log: events, the claims made with them, and when each append was committed.

-- The library's physical names where it has them; hash, workspace and wake are ours. Rows are only ever inserted, by append().
create table stored_events (
    originator_id uuid not null,
    originator_version bigint not null check (originator_version > 0),
    notification_id bigint not null,
    workspace uuid not null,
    wake boolean not null,
    topic text not null,
    hash bytea not null check (octet_length(hash) = 32),
    state bytea not null,
    primary key (originator_id, originator_version)
);
create unique index stored_events_notification_id_idx on stored_events (notification_id);
-- What was written by someone who does not own the stream; its owner reads on from here.
create index stored_events_wake_idx on stored_events (notification_id) where wake;

-- What must be unique over streams: who was first, and which events were the result.
create table claims (
    workspace uuid not null,
    kind text not null,
    key text not null,
    stream uuid not null,
    first_version bigint not null,
    last_version bigint not null,
    digest text not null,
    primary key (workspace, kind, key)
);

-- Maps moments to positions: one row an append, by the database's clock, never before the last.
create table commits (
    first bigint not null,
    last bigint primary key,
    at timestamptz not null
);
create index commits_at_idx on commits (at, last);

-- The identity of this log; its history stands in the log's own stream, whose id is the log's.
create table log (
    only_row boolean primary key default true check (only_row),
    id uuid not null,
    epoch integer not null check (epoch > 0)
);

-- Folded states, to start folding from; disposable at any time.
create table snapshots (
    stream uuid not null,
    fingerprint text not null,
    version bigint not null,
    hash bytea not null,
    state bytea not null,
    at timestamptz not null default now(),
    primary key (stream, fingerprint, version)
);
