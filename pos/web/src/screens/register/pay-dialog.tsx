import { Alert, Button, Group, Loader, Modal, SimpleGrid, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import type { DeviceView, OrderView, PayAsk, PayOutcome } from '../../../../src/api.ts'
import { call } from '../../api-client.ts'
import { formatMoney } from '../../money.ts'
import { titled } from '../../titled.ts'
import { NumberPad } from './number-pad.tsx'

interface Props {
  readonly order: string
  readonly method: 'cash' | 'card'
  readonly total: number
  readonly currency: string
  readonly device: DeviceView | null
  readonly pay: (ask: PayAsk) => Promise<PayOutcome>
  readonly onPaid: (order: OrderView) => void
  readonly onCash: () => void
  readonly onClose: () => void
}

/** Takes the money, and says in plain words how it ended. */
export function PayDialog(props: Props) {
  const { method, total, currency, onClose } = props
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const run = (ask: PayAsk) => {
    setBusy(true)
    setProblem(null)
    props
      .pay(ask)
      .then((outcome) => (outcome.kind === 'paid' ? props.onPaid(outcome.order) : setProblem(outcome.message)))
      .catch((fault: Error) => setProblem(fault.message))
      .finally(() => setBusy(false))
  }
  return (
    <Modal
      opened
      onClose={onClose}
      withCloseButton={!isBusy}
      closeOnEscape={!isBusy}
      closeOnClickOutside={false}
      {...titled(`${method === 'cash' ? 'Cash' : 'Card'}: ${formatMoney(total, currency)}`)}
      size="26rem"
    >
      <Stack>
        {problem !== null && (
          <Alert color="red" role="alert" title="Not paid">
            {problem}
          </Alert>
        )}
        {method === 'cash' ? (
          <CashPart {...props} isBusy={isBusy} run={run} />
        ) : (
          <CardPart {...props} isBusy={isBusy} problem={problem} run={run} />
        )}
      </Stack>
    </Modal>
  )
}

interface PartProps extends Props {
  readonly isBusy: boolean
  readonly run: (ask: PayAsk) => void
}

function CashPart({ total, currency, isBusy, run }: PartProps) {
  const [digits, setDigits] = useState('')
  const given = digits === '' ? total : Number(digits)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    run({ method: 'cash', tendered: given })
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <SimpleGrid cols={4} spacing="xs">
          {notesFor(total).map((amount) => (
            <Button key={amount} variant="light" px={4} onClick={() => setDigits(String(amount))}>
              {formatMoney(amount, currency).replace(/\.00$/, '')}
            </Button>
          ))}
        </SimpleGrid>
        <TextInput
          label="Given by the customer"
          size="lg"
          className="figures"
          value={formatMoney(given, currency)}
          inputMode="none"
          data-autofocus
          onChange={(event) => setDigits(event.currentTarget.value.replaceAll(/\D/g, '').replace(/^0+/, '').slice(0, 7))}
        />
        <NumberPad
          extra="00"
          onKey={(key) => setDigits((was) => (was + key).replace(/^0+/, '').slice(0, 7))}
          onBack={() => setDigits((was) => was.slice(0, -1))}
        />
        <Text size="xl" fw={700} role="status" c={given < total ? 'red' : undefined}>
          {given < total ? `${formatMoney(total - given, currency)} missing` : `Change: ${formatMoney(given - total, currency)}`}
        </Text>
        <Button type="submit" size="lg" loading={isBusy} disabled={given < total}>
          Take cash
        </Button>
      </Stack>
    </form>
  )
}

/** The sum itself, and what people usually hand over. */
function notesFor(total: number): number[] {
  const rounded = [500, 1000, 2000, 5000, 10000].map((note) => Math.ceil(total / note) * note)
  return [...new Set([total, ...rounded])].sort((a, b) => a - b).slice(0, 4)
}

function CardPart({
  order,
  total,
  currency,
  device,
  isBusy,
  problem,
  run,
  onCash,
  onClose,
}: PartProps & { readonly problem: string | null }) {
  const isAsked = useRef(false)
  useEffect(() => {
    if (isAsked.current) return
    isAsked.current = true
    run({ method: 'card' })
  })
  const cancel = () => call('POST', `/api/orders/${order}/cancel-payment`).catch(() => undefined)
  if (isBusy) {
    return (
      <Stack align="center" py="md">
        <Loader size="lg" />
        <Text size="lg" ta="center" role="status">
          {device?.screen === 'waiting'
            ? `Waiting for the card: ${formatMoney(total, currency)} on the payment device`
            : 'One moment'}
        </Text>
        <Button variant="default" size="md" onClick={cancel}>
          Cancel payment
        </Button>
      </Stack>
    )
  }
  if (problem === null) return null
  return (
    <Group grow gap="xs" preventGrowOverflow={false}>
      <Button variant="default" size="md" px="sm" onClick={onClose}>
        Back
      </Button>
      <Button variant="default" size="md" px="sm" onClick={onCash}>
        Cash instead
      </Button>
      <Button size="md" px="sm" onClick={() => run({ method: 'card' })}>
        Try again
      </Button>
    </Group>
  )
}
