-- The read model `workspaces`.

create table views.organizations (
    organization_id uuid primary key,
    name json not null,
    position bigint not null,
    founded_at timestamptz not null
);

create table views.workspaces (
    workspace_id uuid primary key,
    organization_id uuid not null,
    name json not null,
    position bigint not null,
    opened_at timestamptz not null
);
create index on views.workspaces (position);
create index on views.workspaces (organization_id, position);

create table views.members (
    workspace_id uuid not null,
    member_id uuid not null,
    name json not null,
    roles text[] not null,
    position bigint not null,
    added_at timestamptz not null,
    removed_at timestamptz,
    primary key (workspace_id, member_id)
);
create index on views.members (workspace_id, position);

create table views.api_keys (
    key_id uuid primary key,
    workspace_id uuid not null,
    member_id uuid not null,
    secret_sha256 text not null,
    permissions text[],
    label json,
    position bigint not null,
    issued_at timestamptz not null,
    issued_by text not null,
    expires_at timestamptz not null,
    revoked_at timestamptz
);
create index on views.api_keys (workspace_id, position);
