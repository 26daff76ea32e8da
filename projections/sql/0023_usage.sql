-- The read model `usage`: what the runs of a job used of models. A row belongs to one job and a month, so that a stream that cannot be
-- followed harms no other; a month of a workspace is a walk along the index.
create table views.usage (
    job_id uuid not null,
    month text not null,
    provider text not null,
    model text not null,
    currency text not null,
    workspace_id uuid not null,
    workflow_id uuid not null,
    runs bigint not null,
    requests bigint not null,
    input_tokens bigint not null,
    output_tokens bigint not null,
    cost_billionths bigint not null,
    primary key (job_id, month, provider, model, currency)
) with (fillfactor = 80);
create index on views.usage (workspace_id, month, workflow_id)
    include (currency, input_tokens, output_tokens, cost_billionths);

-- The read model `budgets`: how much a workspace (`workflow_id` is then its own id) and its workflows may use in a month.
create table views.budgets (
    workspace_id uuid not null,
    workflow_id uuid not null,
    tokens bigint,
    cost json,
    set_at timestamptz not null,
    set_by text not null,
    reason json,
    primary key (workspace_id, workflow_id)
);
