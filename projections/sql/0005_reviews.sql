-- The read model `reviews`.

create table views.reviews (
    review_id uuid primary key,
    workspace_id uuid not null,
    position bigint not null,
    version bigint not null,
    last_position bigint not null,
    job_id uuid not null,
    run text not null,
    task text not null,
    kind text not null,
    reviewed text,
    shown json not null,
    guidance json,
    members uuid[] not null,
    roles text[] not null,
    job_started_by text,
    requested_at timestamptz not null,
    due_at timestamptz,
    due_order bigint not null,
    status text not null,
    claimed_by uuid,
    claimed_at timestamptz,
    decided_by uuid,
    decided_at timestamptz,
    comment json,
    corrections bigint not null,
    ended_at timestamptz,
    reason json
) with (fillfactor = 80);
create index on views.reviews (workspace_id, position);
create index on views.reviews (workspace_id, status, position);
create index on views.reviews (workspace_id, decided_by, position) where decided_by is not null;
create index on views.reviews (workspace_id, claimed_by, position) where claimed_by is not null;
create index on views.reviews (job_id, position);

-- The inbox: one row for each who may decide a review that waits, so that a page costs the same however many wait.
create table views.review_assignees (
    review_id uuid not null,
    assignee text not null,
    workspace_id uuid not null,
    due_order bigint not null,
    position bigint not null,
    primary key (review_id, assignee)
);
create index on views.review_assignees (workspace_id, assignee, due_order, position);
