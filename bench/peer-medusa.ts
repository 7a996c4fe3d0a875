import type { Peer } from './peer-process.ts'

export const MEDUSA: Peer = {
  name: 'medusa',
  package: '@medusajs/medusa',
  preparing: ['migrate', 'fill'],
  env: { MEDUSA_DISABLE_TELEMETRY: 'true', LOG_LEVEL: 'error' },
  // Made of a cart that is completed, by the promotion's coupon, with a tenth off its lines, and with a payment that is authorised for all of the rest.
  settledSql: `
    select count(*) as settled from public."order" o
    cross join lateral (
      select count(*) as lines, sum(i.quantity * l.unit_price) as price, sum(a.amount) as discount
      from public.order_item i
      join public.order_line_item l on l.id = i.item_id
      left join public.order_line_item_adjustment a on a.item_id = l.id
      where i.order_id = o.id) of
    where o.canceled_at is null and not o.is_draft_order and of.lines = 2 and abs(of.discount - of.price * 0.1) < 0.005
      and exists (select from public.order_promotion p where p.order_id = o.id)
      and exists (select from public.order_cart c join public.cart on cart.id = c.cart_id where c.order_id = o.id and cart.completed_at is not null)
      and exists (
        select from public.order_payment_collection c
        join public.payment_collection k on k.id = c.payment_collection_id
        join public.payment p on p.payment_collection_id = k.id
        where c.order_id = o.id and k.status = 'authorized' and p.amount = k.amount and abs(p.amount - (of.price - of.discount)) < 0.005)`,
}
