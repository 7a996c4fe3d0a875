import { Alert, Divider, Stack, Text } from '@mantine/core'
import type { OrderView } from '../../../../src/api.ts'
import { countUnits } from '../../messages.ts'
import { formatMoney } from '../../money.ts'
import styles from './register.module.css'

/** What was sold, what was paid, and what it brought. */
export function Receipt({ order, currency }: { readonly order: OrderView; readonly currency: string }) {
  const units = order.balance?.units ?? 'points'
  return (
    <Stack gap={6} className="figures">
      {order.notice !== null && <Alert color={order.state === 'voided' ? 'red' : 'yellow'}>{order.notice}</Alert>}
      {order.lines.map((line) => (
        <div key={line.key}>
          <div className={styles.row}>
            <span>
              {line.quantity} × {line.label}
            </span>
            <span>{formatMoney(line.amount, currency)}</span>
          </div>
          {line.modifiers.length > 0 && (
            <Text size="sm" c="dimmed">
              {line.modifiers.map(({ label }) => label).join(', ')}
            </Text>
          )}
          {line.refunded > 0 && (
            <Text size="sm" c="red">
              {line.refunded} refunded
            </Text>
          )}
        </div>
      ))}
      <Divider />
      <Row name="Subtotal" value={formatMoney(order.subtotal, currency)} />
      {order.discount > 0 && <Row name={order.reward?.label ?? 'Reward'} value={`−${formatMoney(order.discount, currency)}`} />}
      <Row name="Tax" value={formatMoney(order.tax, currency)} />
      <Row name="Total" value={formatMoney(order.total, currency)} isStrong />
      {order.payment && <PaymentRows payment={order.payment} currency={currency} />}
      {order.refunds.map((refund) => (
        <Row
          key={refund.refund}
          name={`Refund (${refund.lines.map(({ label, quantity }) => `${quantity} × ${label}`).join(', ')})`}
          value={`−${formatMoney(refund.amount, currency)}`}
        />
      ))}
      <Divider />
      {order.member && <Row name="Member" value={order.member.name ?? order.member.phone} />}
      {order.pointsEarned !== null && order.member && <Row name="Earned" value={countUnits(order.pointsEarned, units, 'en')} />}
      {order.balance && <Row name="New balance" value={countUnits(order.balance.quantity, units, 'en')} isStrong />}
      {order.receiptCode !== null && (
        <Stack gap={0} align="center" py="xs">
          <Text size="sm">Join and claim the points of this receipt with the code</Text>
          <Text fw={700} size="xl" ff="monospace" style={{ letterSpacing: '0.1em' }} data-testid="receipt-code">
            {order.receiptCode}
          </Text>
        </Stack>
      )}
    </Stack>
  )
}

function PaymentRows({ payment, currency }: { readonly payment: NonNullable<OrderView['payment']>; readonly currency: string }) {
  if (payment.method === 'card')
    return (
      <Row
        name={`${payment.card?.issuer ?? 'Card'} •••• ${payment.card?.suffix ?? ''}`}
        value={formatMoney(payment.amount, currency)}
      />
    )
  return (
    <>
      <Row name="Cash" value={formatMoney(payment.tendered ?? payment.amount, currency)} />
      <Row name="Change" value={formatMoney(payment.change ?? 0, currency)} isStrong />
    </>
  )
}

function Row({ name, value, isStrong = false }: { readonly name: string; readonly value: string; readonly isStrong?: boolean }) {
  return (
    <Text component="div" className={styles.row} fw={isStrong ? 700 : undefined}>
      <span>{name}</span>
      <span>{value}</span>
    </Text>
  )
}
