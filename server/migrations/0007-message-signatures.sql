-- HTTP Message Signatures (RFC 9421): who must use them, and which nonces were used.

/* For all credentials of the account, beside those that say so themselves. */
alter table accounts add message_signatures_only boolean not null default false;
alter table credentials add message_signatures_only boolean not null default false;

/* The nonces of accepted signatures, until the signature would be too old to be accepted anyway; then a worker removes them. */
create table signature_nonces (
  account_id text not null,
  credential_id uuid not null,
  nonce text not null,
  expires_at timestamptz not null,
  primary key (account_id, credential_id, nonce)
);
create index signature_nonces_expired on signature_nonces (expires_at);
