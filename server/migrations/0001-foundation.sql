-- One environment's whole schema. The runner has made the schema and set search_path: no statement names a schema, so the same file serves
-- `test` and `live`, and one environment cannot reach the other (docs/decisions/0003).
--
-- Discipline (docs/ARCHITECTURE.md, "The database"): member-owned tables have keys that start (account_id, member_id); unique rules that lack the
-- member live in lookup tables keyed by the value; no triggers, no sequences in keys, no account-wide counters, nothing newer than PostgreSQL 15.

-- Reference data: small, per account or per environment ---------------------------------------------------------------------------------------

/* One row: what all servers of this environment agree on. clock_at: the frozen instant of the test clock, null while it runs. */
create table environment (
  id smallint primary key default 1 check (id = 1),
  clock_at timestamptz,
  admin_token_hash text
);
insert into environment (id) values (1);

create table accounts (
  account_id text primary key check (account_id ~ '^[0-9]{1,18}$'),
  name text not null,
  program_version integer not null,
  created_at timestamptz not null default now()
);

/* Every program that was ever in force; source is the file as it was applied, document its validated form, reward_ids the wire ids of its rewards. */
create table program_versions (
  account_id text not null references accounts,
  version integer not null check (version > 0),
  source text not null,
  document text not null,
  reward_ids text not null,
  applied_at timestamptz not null,
  primary key (account_id, version)
);

/* sealed_secret: envelope-encrypted, since an HMAC secret must be recoverable. previous_*: the secret before the last rotation, valid for the overlap. */
create table credentials (
  account_id text not null references accounts,
  credential_id uuid not null,
  api_key text not null unique,
  name text not null,
  kind text not null default 'partner' check (kind in ('partner', 'mobile')),
  web_context text unique,
  sealed_secret text not null,
  previous_sealed_secret text,
  previous_valid_until timestamptz,
  store_codes text[],
  sign_minified boolean not null default false,
  strict_requests boolean not null default false,
  rate_limit integer check (rate_limit > 0),
  disabled_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  primary key (account_id, credential_id)
);

-- Members -------------------------------------------------------------------------------------------------------------------------------------

/* Who a person is, once per environment. A membership links it to an account. */
create table identities (
  member_id bigint primary key check (member_id > 0),
  phone text,
  email text,
  email_verified_at timestamptz,
  password_hash text,
  first_name text,
  last_name text,
  birthday date,
  gender text,
  marital_status text,
  address text,
  created_at timestamptz not null,
  check (phone is not null or email is not null)
);

/* The unique rules of identities, keyed by the value: 'phone:+14155550123', 'email:ann@example.com'. */
create table identity_keys (
  key text primary key,
  member_id bigint not null
);

/* A link of a person to a brand; carries what rules may ask of a member, so that an order call reads one shard.
   sms_opt_in, email_opt_in: null while the member was never asked. */
create table memberships (
  account_id text not null references accounts,
  member_id bigint not null,
  joined_at timestamptz not null,
  registered boolean not null,
  birthday date,
  sms_opt_in boolean,
  email_opt_in boolean,
  favorite_store_code text,
  primary key (account_id, member_id)
);

/* Someone who must open the link in their mail first. The token is kept as a hash, the details sealed; member_id is set when a known member registers. */
create table registrations (
  registration_id uuid primary key,
  token_hash text not null unique,
  account_id text not null references accounts,
  email text not null,
  phone text,
  member_id bigint,
  sealed_details text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  opened_at timestamptz
);

/* When an address was last sent a verification mail for an account: the row that "at most once in 10 minutes" is decided on. */
create table verification_mails (
  account_id text not null references accounts,
  email text not null,
  mailed_at timestamptz not null,
  primary key (account_id, email)
);

/* Mail to be sent; sealed because a text holds an address and a one-time link. Removed once the SMTP server has taken it. */
create table mails (
  bucket smallint not null check (bucket between 0 and 31),
  mail_id uuid not null,
  sealed_mail text not null,
  attempts integer not null default 0,
  due_at timestamptz not null,
  leased_until timestamptz,
  last_error text,
  primary key (bucket, mail_id)
);
create index mails_due on mails (bucket, due_at);

-- The ledger ----------------------------------------------------------------------------------------------------------------------------------

/* The version that every write of a member is decided on, the number and digest of its last movement, and the running counts rules ask for. A guest
   order has a pseudo-member (a negative id) with a wallet of its own. */
create table wallets (
  account_id text not null,
  member_id bigint not null,
  version bigint not null check (version > 0),
  seq bigint not null check (seq >= 0),
  digest text not null,
  tallies text not null,
  active_at timestamptz,
  primary key (account_id, member_id)
);

/* Cache: open lots and debt per asset. quantity = available + held - owed. */
create table balances (
  account_id text not null,
  member_id bigint not null,
  asset text not null,
  available bigint not null check (available >= 0),
  held bigint not null check (held >= 0),
  owed bigint not null check (owed >= 0),
  primary key (account_id, member_id, asset)
);

/* Cache: what is left of each lot. order_uid: the order that earned it. origin: for a reward made of points, the lots they came from. */
create table lots (
  account_id text not null,
  member_id bigint not null,
  lot_id uuid not null,
  asset text not null,
  available bigint not null check (available >= 0),
  held bigint not null check (held >= 0),
  expired bigint not null check (expired >= 0),
  issued_at timestamptz not null,
  expires_at timestamptz,
  order_uid uuid,
  origin text,
  primary key (account_id, member_id, lot_id)
);
create index lots_open on lots (account_id, member_id) where available > 0 or held > 0;
create index lots_of_order on lots (account_id, member_id, order_uid) where order_uid is not null;
create index lots_due on lots (expires_at) where available > 0 and expires_at is not null;

/* Which lots a placed order has pinned, and until when. */
create table holds (
  account_id text not null,
  member_id bigint not null,
  order_uid uuid not null,
  lot_id uuid not null,
  asset text not null,
  quantity bigint not null check (quantity > 0),
  lapses_at timestamptz not null,
  primary key (account_id, member_id, order_uid, lot_id)
);

/* Append-only: one row per movement, in the member's own sequence. digest chains it to the movement before. */
create table movements (
  account_id text not null,
  member_id bigint not null,
  seq bigint not null check (seq > 0),
  cause text not null,
  order_uid uuid,
  note text,
  at timestamptz not null,
  digest text not null,
  recorded_at timestamptz not null default now(),
  primary key (account_id, member_id, seq)
);
create index movements_of_order on movements (account_id, member_id, order_uid) where order_uid is not null;

/* Append-only: the legs of a movement; they sum to zero per asset. */
create table entries (
  account_id text not null,
  member_id bigint not null,
  seq bigint not null,
  line smallint not null,
  asset text not null,
  ledger_account text not null check (ledger_account in ('available', 'held', 'owed', 'issued', 'redeemed', 'expired', 'converted', 'forgiven', 'adjusted')),
  lot_id uuid,
  quantity bigint not null check (quantity <> 0),
  expires_at timestamptz,
  primary key (account_id, member_id, seq, line),
  foreign key (account_id, member_id, seq) references movements
);

-- Orders --------------------------------------------------------------------------------------------------------------------------------------

/* An order as it stands: state and keys as columns to be searched, everything else in document; answers holds each accepted reply as text, so that
   a repeat returns it byte for byte; request is the body that was accepted last, unknown fields and all. */
create table orders (
  account_id text not null,
  member_id bigint not null,
  order_uid uuid not null,
  state text not null check (state in ('checkout', 'placed', 'billed', 'completed', 'voided', 'refunded')),
  store_code text not null,
  program_version integer not null,
  at timestamptz not null,
  document text not null,
  answers text not null,
  request text not null,
  updated_at timestamptz not null,
  primary key (account_id, member_id, order_uid)
);

/* Which order a partner means: 'id:…', 'uuid:…', 'receipt:…', keyed by the value. */
create table order_keys (
  account_id text not null,
  key text not null,
  member_id bigint not null,
  order_uid uuid not null,
  primary key (account_id, key)
);

/* What was asked and answered, written in batches outside the write path. Holds no body, no signature and no personal data. */
create table request_log (
  account_id text not null,
  request_id text not null,
  at timestamptz not null,
  credential_id uuid,
  method text not null,
  route text not null,
  status smallint not null,
  reason text,
  order_id text,
  warnings text,
  duration_us integer not null,
  primary key (account_id, request_id)
);
create index request_log_recent on request_log (account_id, at);

-- Functions -----------------------------------------------------------------------------------------------------------------------------------

create function ms(t timestamptz) returns bigint language sql immutable parallel safe as $$ select (extract(epoch from t) * 1000)::bigint $$;
create function instant(ms bigint) returns timestamptz language sql immutable parallel safe as $$ select to_timestamp(ms / 1000.0) $$;

/*
 * Writes what was decided about one member, if the versions it was decided on still stand; SQLSTATE RG001 says that they do not, and nothing has
 * changed. Knows rows and versions and no rule of loyalty.
 *
 * p_version: the wallet's version that was loaded, 0 for none yet. p_rows:
 *   wallet {seq, digest, tallies, active_at}, new_keys [{key, order_uid}], moved_keys [{key, order_uid}],
 *   from [{member_id, version, order_uid}] (orders that come to this member from another),
 *   drop [order_uid] (orders of this member that were joined into another), order {...}, movements with entries, lots_made, lots_changed and balances, holds_dropped [order_uid], holds
 */
create function commit_member(p_account text, p_member bigint, p_version bigint, p_rows jsonb) returns void language plpgsql as $$
declare
  v_wallet jsonb := p_rows -> 'wallet';
  v_from jsonb;
  v_count integer;
begin
  if p_version = 0 then
    insert into wallets (account_id, member_id, version, seq, digest, tallies, active_at)
    values (p_account, p_member, 1, (v_wallet ->> 'seq')::bigint, v_wallet ->> 'digest', v_wallet ->> 'tallies', instant((v_wallet ->> 'active_at')::bigint))
    on conflict do nothing;
  else
    update wallets
    set version = version + 1, seq = (v_wallet ->> 'seq')::bigint, digest = v_wallet ->> 'digest', tallies = v_wallet ->> 'tallies',
        active_at = instant((v_wallet ->> 'active_at')::bigint)
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

  if p_rows ? 'order' then
    insert into orders (account_id, member_id, order_uid, state, store_code, program_version, at, document, answers, request, updated_at)
    select p_account, p_member, o.order_uid, o.state, o.store_code, o.program_version, instant(o.at), o.document, o.answers, o.request, instant(o.updated_at)
    from jsonb_to_record(p_rows -> 'order')
      as o (order_uid uuid, state text, store_code text, program_version integer, at bigint, document text, answers text, request text, updated_at bigint)
    on conflict (account_id, member_id, order_uid) do update
    set state = excluded.state, store_code = excluded.store_code, program_version = excluded.program_version, at = excluded.at,
        document = excluded.document, answers = excluded.answers, request = excluded.request, updated_at = excluded.updated_at;
  end if;

  if p_rows ? 'movements' then
    insert into movements (account_id, member_id, seq, cause, order_uid, note, at, digest)
    select p_account, p_member, m.seq, m.cause, m.order_uid, m.note, instant(m.at), m.digest
    from jsonb_to_recordset(p_rows -> 'movements') as m (seq bigint, cause text, order_uid uuid, note text, at bigint, digest text);

    insert into entries (account_id, member_id, seq, line, asset, ledger_account, lot_id, quantity, expires_at)
    select p_account, p_member, e.seq, e.line, e.asset, e.ledger_account, e.lot_id, e.quantity, instant(e.expires_at)
    from jsonb_to_recordset(p_rows -> 'entries')
      as e (seq bigint, line smallint, asset text, ledger_account text, lot_id uuid, quantity bigint, expires_at bigint);

    insert into lots (account_id, member_id, lot_id, asset, available, held, expired, issued_at, expires_at, order_uid, origin)
    select p_account, p_member, l.lot_id, l.asset, l.available, l.held, l.expired, instant(l.issued_at), instant(l.expires_at), l.order_uid, l.origin
    from jsonb_to_recordset(p_rows -> 'lots_made')
      as l (lot_id uuid, asset text, available bigint, held bigint, expired bigint, issued_at bigint, expires_at bigint, order_uid uuid, origin text);

    update lots t
    set available = l.available, held = l.held, expired = t.expired + l.expired_by, expires_at = instant(l.expires_at)
    from jsonb_to_recordset(p_rows -> 'lots_changed') as l (lot_id uuid, available bigint, held bigint, expired_by bigint, expires_at bigint)
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
