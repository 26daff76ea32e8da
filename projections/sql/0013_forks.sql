-- Forks: of which job, from where on, and which event's outcome a reused run stands for. The forks of a job are found by the label
-- `f:` and its id.

alter table views.jobs
    add column fork_of uuid,
    add column fork_task text,
    add column fork_item bigint,
    add column fork_version bigint,
    add column fork_reason json;
alter table views.job_tasks add column reused_of text;
alter table views.job_items add column reused_of text;
