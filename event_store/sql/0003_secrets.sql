-- The secrets of credentials, sealed by AES-256-GCM under a key that is kept elsewhere and bound to workspace, credential and
-- revision. A row is durable before the event that speaks of its revision; a row without one means nothing and is swept.
create table secrets (
    workspace uuid not null,
    credential uuid not null,
    revision bigint not null,
    key text not null,
    nonce bytea not null,
    sealed bytea not null,
    primary key (workspace, credential, revision)
);
