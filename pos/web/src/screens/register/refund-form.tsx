import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { OrderView, RefundAsk, RefundView } from '../../../../src/api.ts'
import { call } from '../../api-client.ts'
import { formatMoney } from '../../money.ts'
import styles from './register.module.css'
import { Stepper } from './stepper.tsx'

/** Which items come back: all that are left, unless somebody says otherwise. */
export function RefundForm({
  order,
  currency,
  onDone,
}: {
  readonly order: OrderView
  readonly currency: string
  readonly onDone: () => void
}) {
  const left = order.lines.filter(({ quantity, refunded }) => refunded < quantity)
  const [counts, setCounts] = useState<ReadonlyMap<string, number>>(
    new Map(left.map(({ key, quantity, refunded }) => [key, quantity - refunded])),
  )
  const [refund] = useState(() => crypto.randomUUID())
  const [done, setDone] = useState<RefundView | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [isBusy, setBusy] = useState(false)
  const queries = useQueryClient()
  const lines = [...counts].filter(([, quantity]) => quantity > 0).map(([key, quantity]) => ({ key, quantity }))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    call<RefundView>('POST', `/api/orders/${order.id}/refund`, { refund, lines } satisfies RefundAsk)
      .then((made) => {
        setDone(made)
        return queries.invalidateQueries({ queryKey: ['orders'] })
      })
      .catch((fault: Error) => setProblem(fault.message))
      .finally(() => setBusy(false))
  }
  if (done) {
    return (
      <Stack>
        <Alert title={`Give back ${formatMoney(done.amount, currency)}`} role="status">
          {order.payment?.method === 'card' ? 'The card is credited.' : 'From the drawer, in cash.'}
          {done.pointsReversed !== null && done.pointsReversed > 0 && ` ${done.pointsReversed} points were taken back.`}
        </Alert>
        <Button onClick={onDone}>Done</Button>
      </Stack>
    )
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text fw={600}>What comes back?</Text>
        {left.map((line) => (
          <Group key={line.key} justify="space-between" className={styles.line} style={{ display: 'flex' }}>
            <span>{line.label}</span>
            <Stepper
              label={line.label}
              quantity={counts.get(line.key) ?? 0}
              max={line.quantity - line.refunded}
              onChange={(quantity) => setCounts(new Map(counts).set(line.key, Math.max(0, quantity)))}
            />
          </Group>
        ))}
        {problem !== null && (
          <Alert color="red" role="alert">
            {problem}
          </Alert>
        )}
        <Group grow>
          <Button variant="default" onClick={onDone}>
            Back
          </Button>
          <Button type="submit" color="red.9" loading={isBusy} disabled={lines.length === 0}>
            Refund
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
