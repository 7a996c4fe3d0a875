-- Budgets of campaigns: how often, or how many points, in all. One row per budget would make every order of a brand wait for every other, so each is
-- spread over 32 stripes; an order takes from one that has room, in the transaction that writes what it brought. What each member used stands in the
-- tallies of their wallet, so the sum of the stripes can be checked.

/* name: 'times:…' or 'points:…' with the key of the campaign. used: below zero where more came back to a stripe than was taken from it. */
create table campaign_budgets (
  account_id text not null references accounts,
  name text not null,
  stripe smallint not null check (stripe between 0 and 31),
  size bigint not null,
  used bigint not null check (used <= size),
  primary key (account_id, name, stripe)
);

/* commit_member, and in the same transaction what it uses of budgets: p_rows budgets [{name, stripe, used}], below zero for what comes back. The stripe
   comes last, so that it is kept waiting the shortest; SQLSTATE RG001 says that it has no room left: load and decide again. */
create function commit_member_with_budgets(p_account text, p_member bigint, p_version bigint, p_rows jsonb) returns void language plpgsql as $$
declare
  v_budget record;
begin
  perform commit_member(p_account, p_member, p_version, p_rows);
  for v_budget in
    select b.name, b.stripe, b.used from jsonb_to_recordset(p_rows -> 'budgets') as b (name text, stripe smallint, used bigint) order by b.name
  loop
    update campaign_budgets
    set used = used + v_budget.used
    where account_id = p_account and name = v_budget.name and stripe = v_budget.stripe and used + v_budget.used <= size;
    if not found then
      raise exception 'the budget has no room left here' using errcode = 'RG001';
    end if;
  end loop;
end
$$;
