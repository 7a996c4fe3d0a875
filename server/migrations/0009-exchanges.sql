-- A program that goes from one unit to another. What members have of the old one becomes the new one when their wallet is next opened, as of the instant at
-- which the version was applied, so that nothing depends on when that is; a round goes through those who stay away.

/* One row per version that brought another unit: so many (take) of from_asset became so many (give) of to_asset. inactive, zone: by what the old program let
   idle members' points expire. cursor: the last member that the round has looked at, null when it is done. */
create table exchanges (
  account_id text not null references accounts,
  version integer not null,
  from_asset text not null,
  to_asset text not null,
  take bigint not null check (take > 0),
  give bigint not null check (give > 0),
  at timestamptz not null,
  inactive text,
  zone text not null,
  cursor bigint,
  primary key (account_id, version)
);
