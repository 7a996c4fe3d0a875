-- The next call of an order that is under way is decided on what this server has just written, and need not be loaded (docs/decisions/0052).

/*
 * Inline, three and a half kilobytes a row, two to a page: the three texts of an order are about two kilobytes when all of them are compressed, which is
 * where PostgreSQL begins to move what is larger out of the row. So half of all writes went to a second table and its index as well. Now the longest text
 * is compressed, and the row stays whole.
 */
alter table orders set (toast_tuple_target = 4080);

/*
 * Which commit has written the wallet last: another one each time, made by the server. A version alone comes again where a database goes on from an earlier
 * state, as a standby does that was promoted without the last commits; what a server remembers from before must not be taken for what is there now.
 */
alter table wallets add column mark uuid;

/* As before, and the wallet has a mark; none where its writer does not remember it. */
create or replace function commit_member(p_account text, p_member bigint, p_version bigint, p_rows jsonb) returns void language plpgsql as $$
declare
  v_wallet jsonb := p_rows -> 'wallet';
  v_from jsonb;
  v_count integer;
begin
  if p_version = 0 then
    insert into wallets (account_id, member_id, version, seq, digest, tallies, active_at, mark)
    values (p_account, p_member, 1, (v_wallet ->> 'seq')::bigint, v_wallet ->> 'digest', v_wallet ->> 'tallies',
            instant((v_wallet ->> 'active_at')::bigint), (v_wallet ->> 'mark')::uuid)
    on conflict do nothing;
  else
    update wallets
    set version = version + 1, seq = (v_wallet ->> 'seq')::bigint, digest = v_wallet ->> 'digest', tallies = v_wallet ->> 'tallies',
        active_at = instant((v_wallet ->> 'active_at')::bigint), mark = (v_wallet ->> 'mark')::uuid
    where account_id = p_account and member_id = p_member and version = p_version;
  end if;
  if not found then
    raise exception 'the wallet has moved on' using errcode = 'RG001';
  end if;

  if p_rows ? 'from' then
    for v_from in select value from jsonb_array_elements(p_rows -> 'from') loop
      update wallets set version = version + 1
      where account_id = p_account and member_id = (v_from ->> 'member_id')::bigint and version = (v_from ->> 'version')::bigint;
      if not found then
        raise exception 'the wallet the order comes from has moved on' using errcode = 'RG001';
      end if;
      delete from orders
      where account_id = p_account and member_id = (v_from ->> 'member_id')::bigint and order_uid = (v_from ->> 'order_uid')::uuid;
    end loop;
  end if;

  if p_rows ? 'drop' then
    delete from orders
    where account_id = p_account and member_id = p_member and order_uid in (select value::uuid from jsonb_array_elements_text(p_rows -> 'drop'));
  end if;

  if p_rows ? 'new_keys' then
    insert into order_keys (account_id, key, member_id, order_uid)
    select p_account, k.key, p_member, k.order_uid from jsonb_to_recordset(p_rows -> 'new_keys') as k (key text, order_uid uuid)
    on conflict do nothing;
    get diagnostics v_count = row_count;
    if v_count < jsonb_array_length(p_rows -> 'new_keys') then
      raise exception 'another call has taken the order id' using errcode = 'RG001';
    end if;
  end if;

  if p_rows ? 'moved_keys' then
    update order_keys o set member_id = p_member, order_uid = k.order_uid
    from jsonb_to_recordset(p_rows -> 'moved_keys') as k (key text, order_uid uuid)
    where o.account_id = p_account and o.key = k.key;
  end if;

  if p_rows ?| array['orders', 'order'] then
    insert into orders (account_id, member_id, order_uid, state, store_code, program_version, at, document, answers, request, updated_at)
    select p_account, p_member, o.order_uid, o.state, o.store_code, o.program_version, instant(o.at), o.document, o.answers, o.request, instant(o.updated_at)
    from jsonb_to_recordset(coalesce(p_rows -> 'orders', jsonb_build_array(p_rows -> 'order')))
      as o (order_uid uuid, state text, store_code text, program_version integer, at bigint, document text, answers text, request text, updated_at bigint)
    on conflict (account_id, member_id, order_uid) do update
    set state = excluded.state, store_code = excluded.store_code, program_version = excluded.program_version, at = excluded.at,
        document = excluded.document, answers = excluded.answers, request = excluded.request, updated_at = excluded.updated_at;
  end if;

  if p_rows ? 'movements' then
    insert into movements (account_id, member_id, seq, cause, order_uid, note, at, digest)
    select p_account, p_member, m.seq, m.cause, m.order_uid, m.note, instant(m.at), m.digest
    from jsonb_to_recordset(p_rows -> 'movements') as m (seq bigint, cause text, order_uid uuid, note text, at bigint, digest text);

    insert into entries (account_id, member_id, seq, line, asset, ledger_account, lot_id, quantity, expires_at, after_shown)
    select p_account, p_member, e.seq, e.line, e.asset, e.ledger_account, e.lot_id, e.quantity, instant(e.expires_at), e.after_shown
    from jsonb_to_recordset(p_rows -> 'entries')
      as e (seq bigint, line smallint, asset text, ledger_account text, lot_id uuid, quantity bigint, expires_at bigint, after_shown text);

    insert into lots (account_id, member_id, lot_id, asset, available, held, expired, issued_at, expires_at, after_shown, order_uid, origin)
    select p_account, p_member, l.lot_id, l.asset, l.available, l.held, l.expired, instant(l.issued_at), instant(l.expires_at), l.after_shown,
           l.order_uid, l.origin
    from jsonb_to_recordset(p_rows -> 'lots_made')
      as l (lot_id uuid, asset text, available bigint, held bigint, expired bigint, issued_at bigint, expires_at bigint, after_shown text,
            order_uid uuid, origin text);

    update lots t
    set available = l.available, held = l.held, expired = t.expired + l.expired_by, expires_at = instant(l.expires_at), after_shown = l.after_shown
    from jsonb_to_recordset(p_rows -> 'lots_changed')
      as l (lot_id uuid, available bigint, held bigint, expired_by bigint, expires_at bigint, after_shown text)
    where t.account_id = p_account and t.member_id = p_member and t.lot_id = l.lot_id;

    insert into balances (account_id, member_id, asset, available, held, owed)
    select p_account, p_member, b.asset, b.available, b.held, b.owed
    from jsonb_to_recordset(p_rows -> 'balances') as b (asset text, available bigint, held bigint, owed bigint)
    on conflict (account_id, member_id, asset) do update set available = excluded.available, held = excluded.held, owed = excluded.owed;
  end if;

  if p_rows ? 'holds_dropped' then
    delete from holds
    where account_id = p_account and member_id = p_member and order_uid in (select value::uuid from jsonb_array_elements_text(p_rows -> 'holds_dropped'));
  end if;

  if p_rows ? 'holds' then
    insert into holds (account_id, member_id, order_uid, lot_id, asset, quantity, lapses_at)
    select p_account, p_member, h.order_uid, h.lot_id, h.asset, h.quantity, instant(h.lapses_at)
    from jsonb_to_recordset(p_rows -> 'holds') as h (order_uid uuid, lot_id uuid, asset text, quantity bigint, lapses_at bigint);
  end if;
end
$$;

/*
 * As before, with marks. rests_on [{n, mark, clock_at, program_version, membership_row, credential_id, credential_version}]: what a commit takes for granted that has not
 * loaded it, a row for each of its credentials. Where any of it has changed, the commit is not written, as if its wallet had moved on.
 */
create or replace function commit_members(
  p_accounts text[], p_members bigint[], p_versions bigint[], p_rows jsonb, p_documents text[], p_answers text[], p_requests text[]
) returns integer[] language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  v_won integer[];
  v_moved integer[] := '{}';
begin
  if p_rows ? 'rests_on' then
    select coalesce(array_agg(r.n), '{}') into v_moved
    from jsonb_to_recordset(p_rows -> 'rests_on')
      as r (n integer, mark uuid, clock_at bigint, program_version integer, membership_row text, credential_id uuid, credential_version integer)
    where (select w.mark from wallets w where w.account_id = p_accounts[r.n] and w.member_id = p_members[r.n]) is distinct from r.mark
       or (select ms(e.clock_at) from environment e) is distinct from r.clock_at
       or (select a.program_version from accounts a where a.account_id = p_accounts[r.n]) is distinct from r.program_version
       or (select m.xmin::text from memberships m where m.account_id = p_accounts[r.n] and m.member_id = p_members[r.n]) is distinct from r.membership_row
       or not exists (
         select from credentials c
         where c.account_id = p_accounts[r.n] and c.credential_id = r.credential_id and c.version = r.credential_version and c.disabled_at is null
       );
  end if;

  select coalesce(array_agg(locked.n), '{}') into v_won from (
    select b.n::integer as n
    from unnest(p_accounts, p_members, p_versions) with ordinality as b (account_id, member_id, version, n)
    join wallets w on w.account_id = b.account_id and w.member_id = b.member_id and w.version = b.version
    where b.n <> all (v_moved)
    order by b.account_id, b.member_id for update of w
  ) locked;

  update wallets t
  set version = t.version + 1, seq = w.seq, digest = w.digest, tallies = w.tallies, active_at = instant(w.active_at), mark = w.mark
  from jsonb_to_recordset(p_rows -> 'wallets') as w (n integer, seq bigint, digest text, tallies text, active_at bigint, mark uuid)
  where w.n = any (v_won) and t.account_id = p_accounts[w.n] and t.member_id = p_members[w.n];

  insert into wallets (account_id, member_id, version, seq, digest, tallies, active_at, mark)
  select p_accounts[w.n], p_members[w.n], 1, w.seq, w.digest, w.tallies, instant(w.active_at), w.mark
  from jsonb_to_recordset(p_rows -> 'wallets') as w (n integer, seq bigint, digest text, tallies text, active_at bigint, mark uuid)
  where p_versions[w.n] = 0
  order by p_accounts[w.n], p_members[w.n];

  v_won := v_won || array(select b.n::integer from unnest(p_versions) with ordinality as b (version, n) where b.version = 0);

  if p_rows ? 'keys' then
    insert into order_keys (account_id, key, member_id, order_uid)
    select p_accounts[k.n], k.key, p_members[k.n], k.order_uid
    from jsonb_to_recordset(p_rows -> 'keys') as k (n integer, key text, order_uid uuid)
    where k.n = any (v_won) order by p_accounts[k.n], k.key;
  end if;

  insert into orders (account_id, member_id, order_uid, state, store_code, program_version, at, document, answers, request, updated_at)
  select p_accounts[o.n], p_members[o.n], o.order_uid, o.state, o.store_code, o.program_version, instant(o.at),
         p_documents[coalesce(o.text, o.n)], p_answers[coalesce(o.text, o.n)], p_requests[coalesce(o.text, o.n)], instant(o.updated_at)
  from jsonb_to_recordset(p_rows -> 'orders')
    as o (n integer, text integer, order_uid uuid, state text, store_code text, program_version integer, at bigint, updated_at bigint)
  where o.n = any (v_won)
  on conflict (account_id, member_id, order_uid) do update
  set state = excluded.state, store_code = excluded.store_code, program_version = excluded.program_version, at = excluded.at,
      document = excluded.document, answers = excluded.answers, request = excluded.request, updated_at = excluded.updated_at;

  if p_rows ? 'movements' then
    insert into movements (account_id, member_id, seq, cause, order_uid, note, at, digest)
    select p_accounts[m.n], p_members[m.n], m.seq, m.cause, m.order_uid, m.note, instant(m.at), m.digest
    from jsonb_to_recordset(p_rows -> 'movements') as m (n integer, seq bigint, cause text, order_uid uuid, note text, at bigint, digest text)
    where m.n = any (v_won);

    insert into entries (account_id, member_id, seq, line, asset, ledger_account, lot_id, quantity, expires_at, after_shown)
    select p_accounts[e.n], p_members[e.n], e.seq, e.line, e.asset, e.ledger_account, e.lot_id, e.quantity, instant(e.expires_at), e.after_shown
    from jsonb_to_recordset(p_rows -> 'entries')
      as e (n integer, seq bigint, line smallint, asset text, ledger_account text, lot_id uuid, quantity bigint, expires_at bigint, after_shown text)
    where e.n = any (v_won);

    insert into balances (account_id, member_id, asset, available, held, owed)
    select p_accounts[b.n], p_members[b.n], b.asset, b.available, b.held, b.owed
    from jsonb_to_recordset(p_rows -> 'balances') as b (n integer, asset text, available bigint, held bigint, owed bigint)
    where b.n = any (v_won)
    on conflict (account_id, member_id, asset) do update set available = excluded.available, held = excluded.held, owed = excluded.owed;
  end if;

  if p_rows ? 'lots_made' then
    insert into lots (account_id, member_id, lot_id, asset, available, held, expired, issued_at, expires_at, after_shown, order_uid, origin)
    select p_accounts[l.n], p_members[l.n], l.lot_id, l.asset, l.available, l.held, l.expired, instant(l.issued_at), instant(l.expires_at),
           l.after_shown, l.order_uid, l.origin
    from jsonb_to_recordset(p_rows -> 'lots_made')
      as l (n integer, lot_id uuid, asset text, available bigint, held bigint, expired bigint, issued_at bigint, expires_at bigint, after_shown text,
            order_uid uuid, origin text)
    where l.n = any (v_won);
  end if;

  if p_rows ? 'lots_changed' then
    update lots t
    set available = l.available, held = l.held, expired = t.expired + l.expired_by, expires_at = instant(l.expires_at), after_shown = l.after_shown
    from jsonb_to_recordset(p_rows -> 'lots_changed') as l (n integer, lot_id uuid, available bigint, held bigint, expired_by bigint, expires_at bigint, after_shown text)
    where l.n = any (v_won) and t.account_id = p_accounts[l.n] and t.member_id = p_members[l.n] and t.lot_id = l.lot_id;
  end if;

  if p_rows ? 'holds_dropped' then
    delete from holds t using jsonb_to_recordset(p_rows -> 'holds_dropped') as h (n integer, order_uid uuid)
    where h.n = any (v_won) and t.account_id = p_accounts[h.n] and t.member_id = p_members[h.n] and t.order_uid = h.order_uid;
  end if;

  if p_rows ? 'holds' then
    insert into holds (account_id, member_id, order_uid, lot_id, asset, quantity, lapses_at)
    select p_accounts[h.n], p_members[h.n], h.order_uid, h.lot_id, h.asset, h.quantity, instant(h.lapses_at)
    from jsonb_to_recordset(p_rows -> 'holds') as h (n integer, order_uid uuid, lot_id uuid, asset text, quantity bigint, lapses_at bigint)
    where h.n = any (v_won);
  end if;

  return v_won;
end
$$;
