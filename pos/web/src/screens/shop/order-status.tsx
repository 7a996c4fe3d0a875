import { Alert, Anchor, Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import type { Menu, OrderView } from '../../../../src/api.ts'
import { ApiError, call, getMenu } from '../../api-client.ts'
import { indexMenu, type MenuIndex } from '../../cart.ts'
import { Dialog } from '../../ordering/dialog.tsx'
import ordering from '../../ordering/ordering.module.css'
import { SpeechProvider, useSpeech } from '../../ordering/speech.ts'
import type { texts } from '../../ordering/texts.ts'
import { TotalsList } from '../../ordering/totals.tsx'
import { wordsFor } from '../../ordering/words-for.ts'
import { OrderProgress } from './order-progress.tsx'
import styles from './shop.module.css'
import { ShopFrame, useShopSpeech } from './shop-frame.tsx'

/** How an order stands, as it changes; can be left open, or come back to. */
export function OrderStatus() {
  const { id } = useParams({ from: '/shop/orders/$id' })
  const menu = useQuery({ queryKey: ['menu'], queryFn: getMenu, throwOnError: true })
  if (!menu.data) return <main aria-busy="true" />
  return <Opened menu={menu.data} id={id} />
}

function Opened({ menu, id }: { readonly menu: Menu; readonly id: string }) {
  const { speech, speakTo } = useShopSpeech(menu)
  return (
    <SpeechProvider value={speech}>
      <ShopFrame menu={menu} session={null} onSpeak={speakTo}>
        <Followed id={id} index={indexMenu(menu)} />
      </ShopFrame>
    </SpeechProvider>
  )
}

function Followed({ id, index }: { readonly id: string; readonly index: MenuIndex }) {
  const { say } = useSpeech()
  const { order, isConnected, isUnknown } = useOrder(id)
  if (isUnknown)
    return (
      <div className={styles.narrow}>
        <h1 className={styles.title}>{say('not_your_order')}</h1>
        <Anchor href="/shop">{say('back_to_menu')}</Anchor>
      </div>
    )
  if (!order) return <p aria-busy="true" />
  return (
    <div className={styles.narrow}>
      <StatusHeading order={order} />
      {!isConnected && (
        <Alert color="yellow" role="status" my="md">
          {say('live_lost')}
        </Alert>
      )}
      <OrderProgress order={order} />
      <Outcome order={order} />
      <h2 className={styles.subtitle}>{say('your_order')}</h2>
      <Receipt order={order} index={index} />
      {order.state === 'placed' && <CancelButton order={order} />}
      <p>
        <Anchor href="/shop">{say('order_again')}</Anchor>
      </p>
    </div>
  )
}

function StatusHeading({ order }: { readonly order: OrderView }) {
  const { say, time } = useSpeech()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <>
      <h1 className={styles.title} ref={heading} tabIndex={-1}>
        {say('order_of', { number: order.number })}
      </h1>
      <p className={styles.how}>{order.wanted === null ? say('wanted_soon') : say('wanted_at', { time: time(order.wanted) })}</p>
    </>
  )
}

/** What there is to know beside the progress: a code, points, or that it is over. */
function Outcome({ order }: { readonly order: OrderView }) {
  const { say, units } = useSpeech()
  if (order.state === 'voided') return <p>{say('voided_how')}</p>
  if (order.state === 'placed') return <p>{say('pay_later')}</p>
  if (order.receiptCode !== null)
    return (
      <section className={styles.claim}>
        <strong>{say('claim')}</strong>
        <p>{say('claim_how')}</p>
        <p className={`figures ${styles.code}`} data-testid="claim-code">
          {order.receiptCode}
        </p>
      </section>
    )
  if (order.pointsEarned === null) return null
  return (
    <p>
      {say('earned', { units: units(order.pointsEarned, order.balance?.units ?? 'points') })}{' '}
      {order.balance && say('balance_now', { units: units(order.balance.quantity, order.balance.units) })}
    </p>
  )
}

function Receipt({ order, index }: { readonly order: OrderView; readonly index: MenuIndex }) {
  const { dish, label, money } = useSpeech()
  return (
    <>
      <ul className={ordering.lines}>
        {order.lines.map((line) => {
          const item = index.items.get(line.item)
          const extras = line.modifiers.map(({ option, label: name }) => {
            const known = index.options.get(option)
            return known ? label(known) : name
          })
          return (
            <li key={line.key} className={ordering.line}>
              <span className="figures">{line.quantity} ×</span>
              <span className={ordering.grow}>
                {item ? dish(item) : line.label}
                {extras.length > 0 && <span className={ordering.extras}>{extras.join(', ')}</span>}
              </span>
              <span className="figures">{money(line.amount)}</span>
            </li>
          )
        })}
      </ul>
      <TotalsList totals={order} />
    </>
  )
}

function CancelButton({ order }: { readonly order: OrderView }) {
  const { say } = useSpeech()
  const [isAsking, setAsking] = useState(false)
  const [problem, setProblem] = useState<keyof typeof texts | null>(null)
  const cancel = () => {
    call('POST', `/api/shop/orders/${order.id}/cancel`)
      .catch((fault: unknown) => setProblem(fault instanceof ApiError ? wordsFor(fault) : 'error_other'))
      .finally(() => setAsking(false))
  }
  return (
    <>
      {problem && (
        <Alert color="red" role="alert" my="md">
          {say(problem)}
        </Alert>
      )}
      <Button variant="default" className={ordering.big} onClick={() => setAsking(true)}>
        {say('cancel_order')}
      </Button>
      <Dialog opened={isAsking} onClose={() => setAsking(false)} title={say('cancel_sure')}>
        <p>{say('voided_how')}</p>
        <div className={styles.pair}>
          <Button className={ordering.big} variant="default" onClick={() => setAsking(false)} data-autofocus>
            {say('cancel_no')}
          </Button>
          <Button className={ordering.big} color="red.9" onClick={cancel}>
            {say('cancel_yes')}
          </Button>
        </div>
      </Dialog>
    </>
  )
}

/** The order, and every change of it; the stream opens again by itself when it is cut. */
function useOrder(id: string) {
  const [order, setOrder] = useState<OrderView | null>(null)
  const [isConnected, setConnected] = useState(true)
  const known = useQuery({
    queryKey: ['shop-order', id],
    queryFn: () => call<OrderView>('GET', `/api/shop/orders/${encodeURIComponent(id)}`),
    retry: false,
  })
  const isThere = known.data !== undefined
  useEffect(() => {
    if (!isThere) return
    const source = new EventSource(`/api/shop/orders/${encodeURIComponent(id)}/events`)
    source.onopen = () => setConnected(true)
    source.onerror = () => setConnected(false)
    source.onmessage = (message: MessageEvent<string>) => setOrder(JSON.parse(message.data) as OrderView)
    return () => source.close()
  }, [id, isThere])
  return {
    order: order ?? known.data ?? null,
    isConnected,
    isUnknown: known.error instanceof ApiError && known.error.word === 'not_found',
  }
}
