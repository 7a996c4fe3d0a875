import type { Peer } from './peer-process.ts'

export const VENDURE: Peer = {
  name: 'vendure',
  package: '@vendure/core',
  preparing: ['prepare'],
  env: { VENDURE_DISABLE_TELEMETRY: 'true' },
  // Settled, paid in full, by the promotion's coupon, for less than their lines cost.
  settledSql: `
    select count(*) as settled from public."order" o
    where o.state = 'PaymentSettled' and not o.active
      and exists (select from public.order_promotions_promotion p where p."orderId" = o.id)
      and o."subTotal" = (
        select sum(l.quantity * l."listPrice") - round(sum(l.quantity * l."listPrice") * 0.1) from public.order_line l where l."orderId" = o.id)
      and (select sum(p.amount) from public.payment p where p."orderId" = o.id and p.state = 'Settled') = o."subTotalWithTax" + o."shippingWithTax"`,
}
