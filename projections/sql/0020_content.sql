-- The read model `content`: what of the blob store the log refers to, so that what nothing refers to can be removed.

create table views.blob_references (
    workspace_id uuid not null,
    hash text not null,
    position bigint not null,
    size bigint,
    large boolean not null,
    primary key (workspace_id, hash)
);
create index on views.blob_references (workspace_id) where large;

-- What each workspace has stored, for its limits.
create table views.content_totals (
    workspace_id uuid primary key,
    files bigint not null,
    contents bigint not null,
    bytes bigint not null
) with (fillfactor = 50);

-- What files showed themselves to be, whatever was said of them.
alter table views.files add column detected text;
