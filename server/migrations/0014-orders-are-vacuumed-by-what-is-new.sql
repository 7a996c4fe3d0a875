-- By default vacuum waits until a fifth of the orders is new, and then has all of them to read and to log at once (docs/decisions/0057).

/*
 * Vacuum: as soon as 5,000 orders are new, however many there are. It reads the pages that changed since, while they are still in the cache and mostly in the
 * log as well. Analyze: an order is changed four times, and every statement that the servers send finds it by key: as many changes as there are orders are soon enough.
 */
alter table orders set (
  autovacuum_vacuum_insert_scale_factor = 0,
  autovacuum_vacuum_insert_threshold = 5000,
  autovacuum_analyze_scale_factor = 1
);
