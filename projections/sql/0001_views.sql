-- Read models: rows that follow from the log, in a schema of their own; all of it can be built again from the log.

create schema views;
-- Where read models are built anew while the old ones go on answering.
create schema views_next;

-- How far the read models have come: all of them always stand at the same position. One row, in each of the two schemas.
-- The generation changes whenever tables were exchanged, so that a projector that has not noticed can write nothing.
create table views.progress (
    only_row boolean primary key default true check (only_row),
    position bigint not null check (position >= 0),
    generation bigint not null default 1
) with (fillfactor = 10);
insert into views.progress (position) values (0);

-- The read models there are, by the version of the code that built them.
create table views.read_models (
    name text primary key,
    version integer not null,
    built_at timestamptz not null default now()
);

-- Streams that a read model could not follow: it has left them as they were before this event.
create table views.quarantine (
    model text not null,
    stream uuid not null,
    position bigint not null,
    version bigint not null,
    topic text not null,
    error text not null,
    at timestamptz not null default now(),
    primary key (model, stream)
);

-- Moves the read models on, in the transaction that writes their rows; refuses whoever has not seen the last move.
create function views.advance(before bigint, expected_generation bigint, after bigint) returns void language plpgsql
    set search_path = views, pg_temp
as $$
begin
    update progress set position = after where position = before and generation = expected_generation;
    if not found then
        raise exception 'Expected the read models at position %, but another projector has moved them.', before
            using errcode = 'OP003';
    end if;
    perform pg_notify('projected', after::text);
end $$;

-- Makes empty copies of some tables to build read models in; what an earlier, unfinished build left is dropped.
create function views.begin_rebuild(tables text[]) returns void language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    chosen text;
begin
    for chosen in select tablename from pg_tables where schemaname = 'views_next' loop
        execute format('drop table views_next.%I', chosen);
    end loop;
    foreach chosen in array tables || array['progress', 'quarantine'] loop
        execute format('create table views_next.%I (like views.%I including all)', chosen, chosen);
    end loop;
    insert into views_next.progress (position) values (0);
end $$;

-- Puts tables that were built anew in the place of the old ones; the caller holds the row of views.progress.
create function views.finish_rebuild(models text[], versions integer[], tables text[]) returns void language plpgsql
    security definer set search_path = pg_catalog, pg_temp
as $$
declare
    chosen text;
begin
    if (select position from views_next.progress) <> (select position from views.progress for update) then
        raise exception 'Expected tables that have caught up, but they have not.' using errcode = 'OP003';
    end if;
    foreach chosen in array tables loop
        execute format('drop table views.%I', chosen);
        execute format('alter table views_next.%I set schema views', chosen);
    end loop;
    delete from views.quarantine q where q.model = any (models);
    insert into views.quarantine select * from views_next.quarantine q where q.model = any (models);
    insert into views.read_models (name, version)
    select m.name, m.version from unnest(models, versions) m (name, version)
    on conflict (name) do update set version = excluded.version, built_at = now();
    update views.progress set generation = generation + 1;
    drop table views_next.progress, views_next.quarantine;
end $$;

revoke all on function
    views.advance(bigint, bigint, bigint),
    views.begin_rebuild(text[]),
    views.finish_rebuild(text[], integer[], text[])
    from public;
