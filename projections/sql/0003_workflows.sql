-- The read model `workflows`.

create table views.workflows (
    workflow_id uuid primary key,
    workspace_id uuid not null,
    position bigint not null,
    version bigint not null,
    last_position bigint not null,
    name text not null,
    description json,
    status text not null,
    created_by text not null,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    active_version bigint,
    draft_version bigint
);
create index on views.workflows (workspace_id, position);

create table views.workflow_versions (
    workflow_id uuid not null,
    number bigint not null,
    workspace_id uuid not null,
    status text not null,
    design json not null,
    checks json not null,
    content_hash text not null,
    graph_hash text,
    rules bigint,
    activated_at timestamptz,
    activated_by text,
    note json,
    primary key (workflow_id, number)
);
