-- The read model `templates`: the library of each organization, searched by words that may be misspelt.

create table views.templates (
    template_id uuid primary key,
    organization_id uuid not null,
    workspace_id uuid not null,
    position bigint not null,
    version bigint not null,
    last_position bigint not null,
    number bigint not null,
    slug text not null,
    status text not null,
    name text not null,
    description json,
    industries text[] not null,
    purposes text[] not null,
    tags text[] not null,
    words text[] not null,
    labels text[] not null,
    language text not null,
    author json,
    design text not null,
    tasks bigint not null,
    source_workflow_id uuid,
    source_number bigint,
    published_by text not null,
    published_at timestamptz not null,
    changed_at timestamptz not null,
    reason json,
    uses bigint not null
);

-- What is looked at for each hit stands apart from what is shown, so that many hits fill few pages.
create table views.template_index (
    template_id uuid primary key,
    organization_id uuid not null,
    uses bigint not null,
    position bigint not null,
    industries text[] not null,
    purposes text[] not null,
    tags text[] not null,
    language text not null,
    vector tsvector not null
);
create index on views.template_index (organization_id, uses, position);
create index on views.template_index using gin (vector) with (fastupdate = off);

-- The words of each library, by how many templates hold them. A misspelt word shares a spelling (one or two letters left out)
-- with the word that was meant.
create table views.template_words (
    organization_id uuid not null,
    word text collate "C" not null,
    count bigint not null,
    spellings text[] not null,
    primary key (organization_id, word)
) with (fillfactor = 80);
create index on views.template_words using gin (spellings) with (fastupdate = off);
