-- For-each: the runs of its items stand in a table of their own, so that a job's list of tasks stays as short as its graph.

alter table views.job_tasks add column items bigint;

create table views.job_items (like views.job_tasks including defaults including storage);
alter table views.job_items add primary key (job_id, run);
alter table views.job_items set (fillfactor = 80);
create index on views.job_items (job_id, task, position);

create table views.job_for_each (
    job_id uuid not null,
    task text not null,
    items bigint not null,
    running bigint not null,
    waiting bigint not null,
    held bigint not null,
    succeeded bigint not null,
    failed bigint not null,
    cancelled bigint not null,
    primary key (job_id, task)
) with (fillfactor = 70);
