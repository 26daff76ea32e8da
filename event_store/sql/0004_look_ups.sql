-- Records and claims are looked up one by one. They were joined: analysed with a few events, as any new log is, the plan went along the
-- whole of the primary key and compared each record with each, until the log was analysed again.

-- Writes events with the next positions and returns the last of them. Everything or nothing.
--   unique_violation  a version or a claim exists: ask append_conflicts which
--   OP001             a record that the events follow is not in the log
--   OP002             the transaction cannot see what was appended last
--   OP003             records that were committed are gone from the end of the log
-- Plan settings and look-ups by subqueries, one a record, keep to the primary key, whatever the statistics of a log that grows fast say.
create or replace function append(
    ids uuid[], versions bigint[], topics text[], states bytea[], hashes bytea[], workspaces uuid[], wakes boolean[],
    follow_ids uuid[], follow_versions bigint[], follow_hashes bytea[],
    claim_workspaces uuid[], claim_kinds text[], claim_keys text[], claim_digests text[],
    claim_streams uuid[], claim_firsts bigint[], claim_lasts bigint[]
) returns bigint language plpgsql volatile security definer
    set search_path = public, pg_temp set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare
    before bigint;
    committed bigint;
    committed_at timestamptz;
    following integer;
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'Expected append in an own transaction at read committed, but it runs at %.',
            current_setting('transaction_isolation') using errcode = 'OP002';
    end if;
    if current_setting('synchronous_commit') = 'off' then
        perform set_config('synchronous_commit', 'on', true);
    end if;
    perform take_append_lock();
    before := coalesce((select notification_id from stored_events order by notification_id desc limit 1), 0);
    select last, at into committed, committed_at from commits order by last desc limit 1;
    if committed > before then
        raise exception 'Expected the log to go on after position %, but it ends at %: its last records were removed.',
            committed, before using errcode = 'OP003';
    end if;
    if cardinality(follow_ids) > 0 then
        select count(*) into following
          from unnest(follow_ids, follow_versions, follow_hashes) f (id, version, hash)
         where f.hash = (select s.hash from stored_events s
                          where s.originator_id = f.id and s.originator_version = f.version);
        if following <> cardinality(follow_ids) then
            raise exception 'Expected every record that events follow to be in the log, but % of % are not.',
                cardinality(follow_ids) - following, cardinality(follow_ids) using errcode = 'OP001';
        end if;
    end if;
    if cardinality(claim_kinds) > 0 then
        insert into claims (workspace, kind, key, digest, stream, first_version, last_version)
        select * from unnest(claim_workspaces, claim_kinds, claim_keys, claim_digests, claim_streams, claim_firsts, claim_lasts);
    end if;
    insert into stored_events
        (originator_id, originator_version, notification_id, workspace, wake, topic, state, hash)
    select r.id, r.version, before + r.ordinal, r.workspace, r.wake, r.topic, r.state, r.hash
      from unnest(ids, versions, workspaces, wakes, topics, states, hashes) with ordinality
           r (id, version, workspace, wake, topic, state, hash, ordinal);
    insert into commits (first, last, at)
    values (before + 1, before + cardinality(ids), greatest(committed_at, clock_timestamp()));
    perform pg_notify('stored_events', (before + cardinality(ids))::text);
    return before + cardinality(ids);
end $$;

-- What stands in the way of units: next versions that exist, records followed that do not, claims that are held.
-- `ordinal` is the place in the arrays given. Under the append lock, so that nothing is about to come.
create or replace function append_conflicts(
    first_ids uuid[], first_versions bigint[],
    follow_ids uuid[], follow_versions bigint[], follow_hashes bytea[],
    claim_workspaces uuid[], claim_kinds text[], claim_keys text[]
) returns table (conflict text, ordinal bigint, stream uuid, first_version bigint, last_version bigint, digest text)
    language plpgsql volatile security definer
    set search_path = public, pg_temp set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
begin
    perform take_append_lock();
    return query
        select 'version', f.ordinal, f.id, f.version, f.version, null::text
          from unnest(first_ids, first_versions) with ordinality f (id, version, ordinal)
         where (select s.notification_id from stored_events s
                 where s.originator_id = f.id and s.originator_version = f.version) is not null;
    return query
        select 'head', f.ordinal, f.id, f.version, f.version, null::text
          from unnest(follow_ids, follow_versions, follow_hashes) with ordinality f (id, version, hash, ordinal)
         where f.hash is distinct from (select s.hash from stored_events s
                                         where s.originator_id = f.id and s.originator_version = f.version);
    return query
        select 'claim', f.ordinal, c.stream, c.first_version, c.last_version, c.digest
          from unnest(claim_workspaces, claim_kinds, claim_keys) with ordinality f (workspace, kind, key, ordinal)
         cross join lateral (select * from claims c
                              where c.workspace = f.workspace and c.kind = f.kind and c.key = f.key limit 1) c;
end $$;

-- Which of the records asked for are in the log, after every append that was under way has ended.
create or replace function append_settled(ids uuid[], versions bigint[], hashes bytea[])
    returns table (ordinal bigint, "position" bigint)
    language plpgsql volatile security definer
    set search_path = public, pg_temp set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
begin
    perform take_append_lock();
    return query
        select f.ordinal, s.notification_id
          from unnest(ids, versions, hashes) with ordinality f (id, version, hash, ordinal)
         cross join lateral (select s.notification_id from stored_events s
                              where s.originator_id = f.id and s.originator_version = f.version and s.hash = f.hash
                              limit 1) s;
end $$;
