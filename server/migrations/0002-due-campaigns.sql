-- Campaigns that fall due without an order: birthdays, dates, inactivity. What they brought stands in each member's wallet; here is only how far the
-- worker has come, so that a day is gone through once, by one server at a time, and goes on where a server stopped.

/* One row per account: the program version and the days (of the account's zone) that are being gone through or were. cursor: the last member that was
   looked at, null when all were. leased_until: the machine's time until which one server works on it. */
create table due_runs (
  account_id text primary key references accounts,
  program_version integer not null,
  first_day date not null,
  last_day date not null,
  cursor bigint,
  leased_until timestamptz
);
