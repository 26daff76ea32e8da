-- Files that come in parts, until they are whole. An upload under way is no history: what comes of it is the event of its file.
create table uploads (
    id uuid primary key,
    workspace_id uuid not null,
    name text not null,
    media_type text not null,
    length bigint not null check (length >= 0),
    received bigint not null default 0 check (received between 0 and length),
    touched_at timestamptz not null default now(),
    ended_at timestamptz,
    outcome text check (outcome in ('stored', 'terminated', 'expired'))
);
create index uploads_open_idx on uploads (workspace_id) where ended_at is null;
create index uploads_touched_at_idx on uploads (touched_at);

-- The parts that are on disk, each kept in the blob store under the id of the upload as if that were a workspace.
create table upload_parts (
    upload_id uuid not null references uploads on delete cascade,
    first bigint not null,
    size bigint not null,
    hash text not null,
    primary key (upload_id, first)
);

-- Which files large values hold, read once of each when content is collected, since it never changes. Disposable.
create table large_values_read (
    workspace_id uuid not null,
    hash text not null,
    primary key (workspace_id, hash)
);
create table held_by_large_values (
    workspace_id uuid not null,
    hash text not null,
    holder text not null,
    primary key (workspace_id, hash, holder)
);

-- When content was collected last, so that of several runners one does it, and not with each start.
create table collections (
    only_row boolean primary key default true check (only_row),
    at timestamptz not null default now()
);
insert into collections default values;
