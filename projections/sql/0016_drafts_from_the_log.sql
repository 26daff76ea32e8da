-- Designs of locked versions only: a draft is read from its stream, so that an edit writes nothing but the row of its workflow.
-- What the checks say of a version follows from its design.

alter table views.workflow_versions
    alter column design drop not null,
    alter column content_hash drop not null,
    drop column checks,
    -- The names of the workflows that its tasks execute, as they are claimed, and beside each the task.
    add column uses text[] not null default '{}',
    add column uses_tasks text[] not null default '{}';
create index on views.workflow_versions using gin (uses);

alter table views.workflows
    -- All names it ever had, as they are claimed: each still leads to it.
    add column names text[] not null default '{}',
    add column copied_from uuid,
    add column copied_version bigint,
    add column template_id uuid,
    add column template_version bigint;
