-- The read model `files`.

create table views.files (
    file_id uuid primary key,
    workspace_id uuid not null,
    position bigint not null,
    name json not null,
    media_type text not null,
    size bigint not null,
    content json not null,
    stored_at timestamptz not null,
    stored_by text not null
);
create index on views.files (workspace_id, position);
