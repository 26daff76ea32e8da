-- The messages that jobs were sent, and which run took each; their values stay in the log.

create table views.job_messages (
    job_id uuid not null,
    message_id text not null,
    position bigint not null,
    version bigint not null,
    name text not null,
    sent_by text not null,
    received_at timestamptz not null,
    taken_by text,
    taken_version bigint,
    taken_at timestamptz,
    primary key (job_id, message_id)
);
create index on views.job_messages (job_id, position);
