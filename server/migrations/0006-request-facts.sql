/*
 * What certification reads of a request, as JSON: of an order call its status, the id of its reward and the discounts asked and given; of a wrong
 * signature what was wrong with it. Still no body, no signature, no secret and no personal data. Written in the test environment, and for wrong signatures.
 */
alter table request_log add column facts text;
create index request_log_credential on request_log (account_id, credential_id, at);
