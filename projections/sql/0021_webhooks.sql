-- The read model `webhooks`: what jobs other systems start, and the signed calls that started none.

create table views.webhooks (
    webhook_id uuid primary key,
    workspace_id uuid not null,
    position bigint not null,
    version bigint not null,
    last_position bigint not null,
    edition bigint not null,
    name text not null,
    status text not null,
    workflow_id uuid not null,
    plan json not null,
    member_id uuid not null,
    created_by text not null,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    reason json,
    refused bigint not null
) with (fillfactor = 80);
create index on views.webhooks (workspace_id, status, position);

create table views.webhook_refusals (
    webhook_id uuid not null,
    version bigint not null,
    workspace_id uuid not null,
    position bigint not null,
    delivery_id text not null,
    refused_at timestamptz not null,
    error json not null,
    primary key (webhook_id, version)
);

-- The read model `callbacks`: whom jobs tell of their end. One that is due costs an entry of an index, one that is over none.

create table views.callbacks (
    callback_id uuid primary key,
    job_id uuid not null,
    workspace_id uuid not null,
    shard bigint not null,
    position bigint not null,
    version bigint not null,
    last_position bigint not null,
    url text not null,
    credential text not null,
    outcome text not null,
    status text not null,
    attempts bigint not null,
    requested_at timestamptz not null,
    next_at timestamptz,
    ended_at timestamptz,
    last_status bigint,
    last_error json
) with (fillfactor = 70);
create index on views.callbacks (workspace_id, status, position);
create index on views.callbacks (job_id);
create index on views.callbacks (next_at, shard) where next_at is not null;

create table views.callback_attempts (
    callback_id uuid not null,
    attempt bigint not null,
    workspace_id uuid not null,
    position bigint not null,
    attempted_at timestamptz not null,
    status bigint,
    error json,
    milliseconds bigint not null,
    next_at timestamptz,
    primary key (callback_id, attempt)
);
