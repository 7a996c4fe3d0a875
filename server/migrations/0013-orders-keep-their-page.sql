-- An order is written four times within a minute or two, and no column of an index changes: with room left on its page, the new row lies beside the old (docs/decisions/0056).

/*
 * Room for one more version of a row of up to 2.4 kB, and of one that is alone on its page (2.9 kB and more). No index is written then, and the row before is
 * taken away by whoever reads the page next. A page that is full keeps what it has; the setting holds for new rows.
 */
alter table orders set (fillfactor = 70);
