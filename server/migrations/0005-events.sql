-- What an account's own systems should hear of: warnings that something is about to expire. Written by the worker, never by an order call.

/* Append-only. event_key: what it tells, so that it is told once. number: its place in the account's list, without gaps, in the order of commits, so that a
   reader who goes on after the last one it saw misses none. document: the facts, as they were. */
create table events (
  account_id text not null references accounts,
  member_id bigint not null,
  event_key text not null,
  number bigint not null,
  type text not null,
  at timestamptz not null,
  document text not null,
  recorded_at timestamptz not null default now(),
  primary key (account_id, member_id, event_key)
);
create index events_in_order on events (account_id, number);

/* One row per account. last_number: of its last event; whoever adds some locks the row, so that numbers come in the order of commits. looked_on,
   program_version: the day (of the account's zone) and the program for which everybody was looked at; looked_at: until when what expires by the hour was. */
create table event_runs (
  account_id text primary key references accounts,
  last_number bigint not null default 0,
  looked_on date,
  program_version integer,
  looked_at timestamptz
);
