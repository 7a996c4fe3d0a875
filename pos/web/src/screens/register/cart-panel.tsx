import { ActionIcon, Alert, Badge, Button, Group, Stack, Text } from '@mantine/core'
import { IconCash, IconCreditCard, IconUserPlus, IconX } from '@tabler/icons-react'
import type { CartLine, RewardView, TillView } from '../../../../src/api.ts'
import { type MenuIndex, unitPrice } from '../../cart.ts'
import { countUnits } from '../../messages.ts'
import { formatMoney } from '../../money.ts'
import styles from './register.module.css'
import { RewardList } from './reward-list.tsx'
import { Stepper } from './stepper.tsx'
import type { Sale } from './use-sale.ts'

interface Props {
  readonly sale: Sale
  readonly index: MenuIndex
  readonly live: TillView | null
  readonly isOnline: boolean
  readonly onLookUp: () => void
  readonly onAsk: (reward: RewardView) => void
  readonly onPay: (method: 'cash' | 'card') => void
}

export function CartPanel({ sale, index, live, isOnline, onLookUp, onAsk, onPay }: Props) {
  const { currency } = index.menu
  const canPay = sale.lines.length > 0 && sale.problem === null
  return (
    <section className={styles.cart} aria-label="Order">
      <div className={styles.cartHead}>
        {sale.member ? (
          <Stack gap="xs">
            <Group justify="space-between" wrap="nowrap">
              <div>
                <Text fw={650}>{sale.member.name ?? sale.member.phone}</Text>
                <Text size="sm" c="dimmed">
                  {sale.member.balance
                    ? countUnits(sale.member.balance.quantity, sale.member.balance.units, 'en')
                    : 'Balance not known while offline'}
                </Text>
              </div>
              <ActionIcon variant="subtle" size="lg" aria-label="Remove the member" onClick={() => sale.attach(null)}>
                <IconX size={20} />
              </ActionIcon>
            </Group>
            <RewardList
              rewards={sale.member.rewards}
              chosen={sale.reward}
              outcome={sale.rewardOutcome}
              prompt={live?.prompt ?? null}
              currency={currency}
              isOnline={isOnline}
              onChoose={sale.choose}
              onAsk={onAsk}
            />
          </Stack>
        ) : (
          <Button fullWidth variant="light" size="md" leftSection={<IconUserPlus size={20} />} onClick={onLookUp}>
            Member by phone
          </Button>
        )}
      </div>
      {sale.lines.length === 0 ? (
        <div className={styles.empty}>Tap a dish to add it.</div>
      ) : (
        <ul className={styles.lines} aria-label="Items">
          {sale.lines.map((line) => (
            <Line key={line.key} line={line} index={index} onQuantity={(quantity) => sale.setQuantity(line.key, quantity)} />
          ))}
        </ul>
      )}
      <div className={styles.cartFoot}>
        {sale.problem !== null && (
          <Alert color="red" role="alert" mb="sm">
            {sale.problem}
          </Alert>
        )}
        <SaleTotals sale={sale} currency={currency} />
        <Group grow gap="xs" mt="sm">
          <Button
            size="lg"
            variant="default"
            px="xs"
            leftSection={<IconCash size={22} />}
            disabled={!canPay}
            onClick={() => onPay('cash')}
          >
            Cash
          </Button>
          <Button size="lg" px="xs" leftSection={<IconCreditCard size={22} />} disabled={!canPay} onClick={() => onPay('card')}>
            Card
          </Button>
        </Group>
      </div>
    </section>
  )
}

function Line({
  line,
  index,
  onQuantity,
}: {
  readonly line: CartLine
  readonly index: MenuIndex
  readonly onQuantity: (quantity: number) => void
}) {
  const name = index.items.get(line.item)?.name ?? line.item
  return (
    <li className={styles.line}>
      <Stepper label={name} quantity={line.quantity} canRemove onChange={onQuantity} />
      <div>
        <Text lh={1.25}>{name}</Text>
        {line.modifiers.length > 0 && (
          <Text size="sm" c="dimmed" lh={1.25}>
            {line.modifiers.map(({ option }) => index.options.get(option)?.label).join(', ')}
          </Text>
        )}
      </div>
      <Text className="figures">{formatMoney(line.quantity * unitPrice(index, line), index.menu.currency)}</Text>
    </li>
  )
}

function SaleTotals({ sale, currency }: { readonly sale: Sale; readonly currency: string }) {
  const { subtotal, discount, tax, total } = sale.totals
  return (
    <div aria-busy={sale.isPricing} data-testid="totals">
      <div className={styles.row}>
        <span>Subtotal</span>
        <span>{formatMoney(subtotal, currency)}</span>
      </div>
      {discount > 0 && (
        <Text component="div" c="harbor" fw={600} className={styles.row}>
          <span>{sale.rewardOutcome?.label ?? 'Reward'}</span>
          <span>−{formatMoney(discount, currency)}</span>
        </Text>
      )}
      <div className={styles.row}>
        <span>Tax</span>
        <span>{formatMoney(tax, currency)}</span>
      </div>
      <div className={`${styles.row} ${styles.grand}`}>
        <span>Total</span>
        <span>{formatMoney(total, currency)}</span>
      </div>
      {sale.pointsToEarn !== null && sale.pointsToEarn > 0 && sale.member && (
        <Badge variant="light" mt={4}>
          earns about {countUnits(sale.pointsToEarn, sale.member.balance?.units ?? 'points', 'en')}
        </Badge>
      )}
    </div>
  )
}
