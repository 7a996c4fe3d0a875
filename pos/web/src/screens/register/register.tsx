import { ActionIcon, Alert, Badge, Button, Center, Loader, Modal, Text, Title, useMantineColorScheme } from '@mantine/core'
import { IconHistory, IconMoon, IconRefresh } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { Menu, MenuItem, OrderView, PayAsk, PayOutcome, RewardView, StatusView, TillView } from '../../../../src/api.ts'
import { call, getMenu } from '../../api-client.ts'
import { indexMenu } from '../../cart.ts'
import { useLive } from '../../live.ts'
import { formatMoney } from '../../money.ts'
import { Pairing } from '../../shell.tsx'
import { titled } from '../../titled.ts'
import { CartPanel } from './cart-panel.tsx'
import { MemberDialog } from './member-dialog.tsx'
import { MenuGrid } from './menu-grid.tsx'
import { ModifierDialog } from './modifier-dialog.tsx'
import { PayDialog } from './pay-dialog.tsx'
import { Receipt } from './receipt.tsx'
import styles from './register.module.css'
import { type Sale, useSale } from './use-sale.ts'

/** Comes when the menu is on the screen already: nobody begins a day with a refund. */
const loadHistory = () => import('./history.tsx').then(({ History }) => ({ default: History }))
const History = lazy(loadHistory)

/** The till: `/register?till=1`. */
export function Register() {
  const { till = '1' } = useSearch({ strict: false }) as { till?: string }
  const menu = useQuery({ queryKey: ['menu'], queryFn: getMenu })
  const paired = useQuery({ queryKey: ['till', till], queryFn: () => call<TillView>('GET', `/api/tills/${till}`), retry: false })
  if (paired.error && 'word' in paired.error && paired.error.word !== 'no_partner_server')
    return <Pairing problem={paired.error.message} />
  if (menu.data && paired.data) return <Till till={till} menu={menu.data} />
  return (
    <Center mih="100dvh">{menu.error ? <Alert color="red">{menu.error.message}</Alert> : <Loader aria-label="Loading" />}</Center>
  )
}

/** What stands over the screen; one thing at a time. */
type Over =
  | { readonly kind: 'modifiers'; readonly item: MenuItem }
  | { readonly kind: 'member' }
  | { readonly kind: 'history' }
  | { readonly kind: 'pay'; readonly method: 'cash' | 'card'; readonly ahead?: OrderView }
  | { readonly kind: 'receipt'; readonly order: OrderView }

function Till({ till, menu }: { readonly till: string; readonly menu: Menu }) {
  const index = useMemo(() => indexMenu(menu), [menu])
  const live = useLive(till)
  const sale = useSale(till, index, live.till)
  const [over, setOver] = useState<Over | null>(null)
  const [view, setView] = useState<'menu' | 'cart'>('menu')
  const ask = useCallback(
    (reward: RewardView) => void call('POST', `/api/tills/${till}/prompt`, { reward: reward.id }).catch(() => undefined),
    [till],
  )
  usePrompt(live.till, sale, ask)
  const { add } = sale
  const pick = useCallback(
    (item: MenuItem) => (item.modifierGroups.length > 0 ? setOver({ kind: 'modifiers', item }) : add(item.id, [])),
    [add],
  )
  useEffect(() => void loadHistory().catch(() => undefined), [])
  const close = () => setOver(null)
  const finish = () => {
    sale.clear()
    setView('menu')
    close()
  }
  const count = sale.lines.reduce((sum, { quantity }) => sum + quantity, 0)
  return (
    <main className={styles.screen} data-view={view}>
      <Bar
        till={till}
        shop={menu.shop}
        status={live.status}
        isConnected={live.isConnected}
        onHistory={() => setOver({ kind: 'history' })}
        onClear={finish}
      />
      <MenuGrid menu={menu} onPick={pick} />
      <CartPanel
        sale={sale}
        index={index}
        live={live.till}
        isOnline={live.status?.online !== false}
        onLookUp={() => setOver({ kind: 'member' })}
        onAsk={ask}
        onPay={(method) => setOver({ kind: 'pay', method })}
      />
      <div className={styles.phoneOnly}>
        <Button fullWidth size="lg" onClick={() => setView(view === 'menu' ? 'cart' : 'menu')}>
          {view === 'menu' ? `Order (${count}) · ${formatMoney(sale.totals.total, menu.currency)}` : 'Back to the menu'}
        </Button>
      </div>
      {over?.kind === 'modifiers' && (
        <ModifierDialog
          item={over.item}
          index={index}
          onClose={close}
          onAdd={(modifiers, quantity) => {
            sale.add(over.item.id, modifiers, quantity)
            close()
          }}
        />
      )}
      {over?.kind === 'member' && (
        <MemberDialog
          till={till}
          onClose={close}
          onFound={(member) => {
            sale.attach(member)
            close()
          }}
        />
      )}
      {over?.kind === 'history' && (
        <Suspense>
          <History
            currency={menu.currency}
            onClose={close}
            onCollect={(ahead, method) => setOver({ kind: 'pay', method, ahead })}
          />
        </Suspense>
      )}
      {over?.kind === 'pay' && (
        <PayDialog
          key={over.method}
          order={over.ahead?.id ?? sale.order}
          method={over.method}
          total={over.ahead?.total ?? sale.totals.total}
          currency={menu.currency}
          device={live.device}
          pay={over.ahead ? payAhead(till, over.ahead) : sale.pay}
          onPaid={(order) => setOver({ kind: 'receipt', order })}
          onCash={() => setOver({ ...over, method: 'cash' })}
          onClose={close}
        />
      )}
      {over?.kind === 'receipt' && <Done order={over.order} currency={menu.currency} onNext={finish} />}
    </main>
  )
}

/** An order ahead is paid at the till where it is fetched. */
const payAhead =
  (till: string, { id }: OrderView) =>
  (ask: PayAsk) =>
    call<PayOutcome>('POST', `/api/orders/${id}/pay?till=${encodeURIComponent(till)}`, ask)

/** Asks once about the first reward as soon as there is something to use it on, and does as the customer answers. */
function usePrompt(live: TillView | null, sale: Sale, ask: (reward: RewardView) => void): void {
  const asked = useRef<string | null>(null)
  const first = sale.member?.rewards.find(({ quantity }) => quantity > 0)
  const hasLines = sale.lines.length > 0
  useEffect(() => {
    const about = `${sale.member?.id} ${first?.id}`
    if (!first || !hasLines || sale.reward !== null || asked.current === about) return
    asked.current = about
    ask(first)
  }, [first, hasLines, sale.member, sale.reward, ask])

  const answer = live?.prompt?.answer === 'use' ? live.prompt.reward.id : null
  const used = useRef<string | null>(null)
  const { choose } = sale
  useEffect(() => {
    if (answer !== null && used.current !== answer) choose(answer)
    used.current = answer
  }, [answer, choose])
}

interface BarProps {
  readonly till: string
  readonly shop: string
  readonly status: StatusView | null
  readonly isConnected: boolean
  readonly onHistory: () => void
  readonly onClear: () => void
}

function Bar({ till, shop, status, isConnected, onHistory, onClear }: BarProps) {
  const { toggleColorScheme } = useMantineColorScheme()
  return (
    <header className={styles.bar}>
      <Title order={1} size="h4" style={{ flex: 1, whiteSpace: 'nowrap', overflow: 'hidden', textOverflow: 'ellipsis' }}>
        {shop}
        <Text span c="dimmed" className={styles.tillOnly}>
          {' '}
          · till {till}
        </Text>
      </Title>
      <Standing status={status} isConnected={isConnected} />
      <ActionIcon variant="subtle" size="lg" aria-label="New sale" onClick={onClear}>
        <IconRefresh size={22} />
      </ActionIcon>
      <ActionIcon variant="subtle" size="lg" aria-label="Orders" onClick={onHistory}>
        <IconHistory size={22} />
      </ActionIcon>
      <ActionIcon variant="subtle" size="lg" aria-label="Light or dark" onClick={toggleColorScheme}>
        <IconMoon size={22} />
      </ActionIcon>
    </header>
  )
}

/** Says whether the loyalty server is there, and how much waits for it. */
function Standing({ status, isConnected }: Pick<BarProps, 'status' | 'isConnected'>) {
  if (!isConnected && status !== null) return <Badge color="red">No connection to the shop’s server</Badge>
  if (!status) return null
  const waiting = status.queued === 0 ? '' : ` · ${status.queued} ${status.queued === 1 ? 'sale waits' : 'sales wait'}`
  if (status.draining) {
    return (
      <Badge color="yellow" role="status" size="lg">
        Sending {status.draining.done} of {status.draining.total}
      </Badge>
    )
  }
  return (
    <Badge
      color={status.online ? (status.queued > 0 ? 'yellow' : 'harbor') : 'yellow.4'}
      variant={status.online ? 'light' : 'filled'}
      role="status"
      size="lg"
    >
      {status.online ? 'Online' : 'Offline: selling goes on'}
      {waiting}
    </Badge>
  )
}

function Done({
  order,
  currency,
  onNext,
}: {
  readonly order: OrderView
  readonly currency: string
  readonly onNext: () => void
}) {
  const change = order.payment?.change ?? 0
  return (
    <Modal opened onClose={onNext} {...titled(`Paid · order ${order.number}`)} closeOnClickOutside={false}>
      {change > 0 && (
        <Text size="xl" fw={700} role="status" mb="sm">
          Give back {formatMoney(change, currency)}
        </Text>
      )}
      <Receipt order={order} currency={currency} />
      <Button fullWidth size="lg" mt="md" onClick={onNext} data-autofocus>
        Next customer
      </Button>
    </Modal>
  )
}
