import { Alert, Badge, Button, Drawer, Group, Loader, Stack, Text, TextInput, UnstyledButton } from '@mantine/core'
import { IconArrowLeft } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { OrderPage, OrderState, OrderView } from '../../../../src/api.ts'
import { call } from '../../api-client.ts'
import { formatMoney } from '../../money.ts'
import { titled } from '../../titled.ts'
import { Receipt } from './receipt.tsx'
import { RefundForm } from './refund-form.tsx'
import styles from './register.module.css'

const STATES: Readonly<Record<OrderState, { readonly name: string; readonly color: string }>> = {
  open: { name: 'open', color: 'gray' },
  placed: { name: 'order ahead', color: 'blue' },
  paying: { name: 'being paid', color: 'blue' },
  settling: { name: 'paid, points follow', color: 'yellow' },
  queued: { name: 'sold offline', color: 'yellow' },
  completed: { name: 'paid', color: 'harbor' },
  partly_refunded: { name: 'partly refunded', color: 'orange' },
  refunded: { name: 'refunded', color: 'red' },
  voided: { name: 'voided', color: 'gray' },
}

interface Props {
  readonly currency: string
  readonly onCollect: (order: OrderView, method: 'cash' | 'card') => void
  readonly onClose: () => void
}

/** What was sold here, newest first, and what can still be done about it. */
export function History({ currency, onCollect, onClose }: Props) {
  const [q, setQ] = useState('')
  const [open, setOpen] = useState<string | null>(null)
  const { data, error, isPending } = useQuery({
    queryKey: ['orders', q],
    queryFn: ({ signal }) => call<OrderPage>('GET', `/api/orders?q=${encodeURIComponent(q)}`, undefined, signal),
    refetchInterval: 3000,
    staleTime: 0,
  })
  const order = data?.orders.find(({ id }) => id === open)
  return (
    <Drawer opened onClose={onClose} position="right" size="md" {...titled(order ? `Order ${order.number}` : 'Orders')}>
      {order ? (
        <OrderDetail order={order} currency={currency} onCollect={onCollect} onBack={() => setOpen(null)} />
      ) : (
        <Stack>
          <TextInput
            aria-label="Search orders"
            placeholder="Number, name, last digits of the phone, receipt code"
            value={q}
            onChange={(event) => setQ(event.currentTarget.value)}
          />
          {error && <Alert color="red">{error.message}</Alert>}
          {isPending && <Loader aria-label="Loading" />}
          {data?.orders.length === 0 && <Text c="dimmed">{q === '' ? 'Nothing has been sold yet.' : 'No order matches.'}</Text>}
          <div>
            {data?.orders.map((one) => (
              <OrderRow key={one.id} order={one} currency={currency} onOpen={() => setOpen(one.id)} />
            ))}
          </div>
        </Stack>
      )}
    </Drawer>
  )
}

const time = new Intl.DateTimeFormat('en-US', { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' })

function OrderRow({
  order,
  currency,
  onOpen,
}: {
  readonly order: OrderView
  readonly currency: string
  readonly onOpen: () => void
}) {
  const { name, color } = STATES[order.state]
  return (
    <UnstyledButton className={styles.line} w="100%" onClick={onOpen} style={{ gridTemplateColumns: 'minmax(0, 1fr) auto' }}>
      <span>
        <Text component="span" fw={600}>
          {order.number}
        </Text>{' '}
        <Badge component="span" color={color} variant="light">
          {order.isReady && order.state === 'placed' ? 'ready to fetch' : name}
        </Badge>
        <Text component="span" display="block" size="sm" c="dimmed">
          {time.format(order.createdAt)} · {order.member ? (order.member.name ?? order.member.phone) : 'Guest'}
          {order.wanted !== null && ` · for ${time.format(order.wanted)}`}
        </Text>
      </span>
      <span className="figures">{formatMoney(order.total, currency)}</span>
    </UnstyledButton>
  )
}

function OrderDetail({
  order,
  currency,
  onCollect,
  onBack,
}: Omit<Props, 'onClose'> & { readonly order: OrderView; readonly onBack: () => void }) {
  const [isRefunding, setRefunding] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const queries = useQueryClient()
  const run = (what: 'void' | 'ready') =>
    call('POST', `/api/orders/${order.id}/${what}`)
      .then(() => queries.invalidateQueries({ queryKey: ['orders'] }))
      .catch((fault: Error) => setProblem(fault.message))
  const canRefund = order.state === 'completed' || order.state === 'partly_refunded'
  return (
    <Stack>
      <Button variant="subtle" leftSection={<IconArrowLeft size={18} />} onClick={onBack} style={{ alignSelf: 'flex-start' }}>
        All orders
      </Button>
      {problem !== null && (
        <Alert color="red" role="alert">
          {problem}
        </Alert>
      )}
      {isRefunding ? (
        <RefundForm order={order} currency={currency} onDone={() => setRefunding(false)} />
      ) : (
        <>
          <Receipt order={order} currency={currency} />
          {order.state === 'placed' && (
            <Group grow>
              <Button onClick={() => onCollect(order, 'cash')} variant="default">
                Cash
              </Button>
              <Button onClick={() => onCollect(order, 'card')}>Card</Button>
              {!order.isReady && (
                <Button variant="light" onClick={() => run('ready')}>
                  Ready
                </Button>
              )}
            </Group>
          )}
          {order.state === 'placed' && (
            <Button color="red" variant="light" onClick={() => run('void')}>
              Void this order
            </Button>
          )}
          {canRefund && (
            <Button color="red" variant="light" onClick={() => setRefunding(true)}>
              Refund
            </Button>
          )}
        </>
      )}
    </Stack>
  )
}
