-- What jobs are found by: each label of a job (`k:` its business key, `t:` a tag, `w:` a word of its title, `p:` its priority, `s:` its
-- source) in a row of its own, written once. A list walks along the key from the newest job on, however many jobs there are,
-- and the rows of jobs, which change often, need no further index.

alter table views.jobs
    add column tags text[] not null default '{}',
    add column words text[] not null default '{}',
    add column priority text not null default 'normal',
    add column business_key text;

create table views.job_labels (
    workspace_id uuid not null,
    mode text not null,
    label text collate "C" not null,
    position bigint not null,
    job_id uuid not null,
    primary key (workspace_id, mode, label, position)
);
