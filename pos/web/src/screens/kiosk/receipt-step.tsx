import { Button, Text } from '@mantine/core'
import { IconCircleCheck } from '@tabler/icons-react'
import type { OrderView } from '../../../../src/api.ts'
import ordering from '../../ordering/ordering.module.css'
import { useSpeech } from '../../ordering/speech.ts'
import { TotalsList } from '../../ordering/totals.tsx'
import styles from './kiosk.module.css'
import { StepTitle } from './step-title.tsx'

export function ReceiptStep({ order, onDone }: { readonly order: OrderView; onDone(): void }) {
  const { say } = useSpeech()
  return (
    <div className={`${styles.narrow} ${styles.centered}`}>
      <IconCircleCheck size={140} stroke={1} aria-hidden className={styles.good} />
      <StepTitle>{say('thanks')}</StepTitle>
      <Text>{say('order_number')}</Text>
      <p className={`figures ${styles.amountDue}`} data-testid="order-number">
        {order.number}
      </p>
      <Points order={order} />
      <TotalsList totals={order} />
      <Button className={ordering.big} fullWidth onClick={onDone}>
        {say('done')}
      </Button>
    </div>
  )
}

/** What the purchase brought, or how a guest comes by it. */
function Points({ order }: { readonly order: OrderView }) {
  const { say, units } = useSpeech()
  const kind = order.balance?.units ?? 'points'
  if (order.receiptCode !== null)
    return (
      <section className={styles.claim}>
        <Text fw={650}>{say('claim')}</Text>
        <Text>{say('claim_how')}</Text>
        <p className={`figures ${styles.code}`} data-testid="claim-code">
          {order.receiptCode}
        </p>
      </section>
    )
  if (order.state !== 'completed') return <Text>{say('points_follow')}</Text>
  return (
    <Text size="xl">
      {order.pointsEarned !== null && <span>{say('earned', { units: units(order.pointsEarned, kind) })} </span>}
      {order.balance && <span>{say('balance_now', { units: units(order.balance.quantity, kind) })}</span>}
    </Text>
  )
}
