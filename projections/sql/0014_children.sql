-- Jobs that another job started, and the run that waits for each.

alter table views.jobs
    add column parent_job_id uuid,
    add column parent_run text;
alter table views.job_tasks add column child_id uuid;
alter table views.job_items add column child_id uuid;
