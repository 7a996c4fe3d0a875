import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import type { Menu, ShopSession } from '../../../../src/api.ts'
import { call, getMenu } from '../../api-client.ts'
import { addLine, indexMenu, subtotalOf } from '../../cart.ts'
import { Dishes } from '../../ordering/dishes.tsx'
import { useQuotedCart } from '../../ordering/quoted-cart.ts'
import { SpeechProvider, useSpeech } from '../../ordering/speech.ts'
import { CartPanel } from './cart-panel.tsx'
import { Checkout } from './checkout.tsx'
import styles from './shop.module.css'
import { ShopFrame, useShopSpeech } from './shop-frame.tsx'

/** Ordering ahead from anywhere: a menu, a cart, and a place to say who, when and with which reward. */
export function Shop() {
  const menu = useQuery({ queryKey: ['menu'], queryFn: getMenu, throwOnError: true })
  const session = useQuery({
    queryKey: ['shop'],
    queryFn: () => call<ShopSession>('GET', '/api/shop/session'),
    throwOnError: true,
  })
  if (!menu.data || !session.data) return <main aria-busy="true" />
  return <Opened menu={menu.data} session={session.data} />
}

function Opened({ menu, session }: { readonly menu: Menu; readonly session: ShopSession }) {
  const { speech, speakTo } = useShopSpeech(menu)
  return (
    <SpeechProvider value={speech}>
      <Ordering menu={menu} session={session} onSpeak={speakTo} />
    </SpeechProvider>
  )
}

interface OrderingProps {
  readonly menu: Menu
  readonly session: ShopSession
  onSpeak(): void
}

function Ordering({ menu, session, onSpeak }: OrderingProps) {
  const { say, dish, money } = useSpeech()
  const queries = useQueryClient()
  const index = useMemo(() => indexMenu(menu), [menu])
  const [isCheckingOut, setCheckingOut] = useState(false)
  const [reward, setReward] = useState<string | null>(null)
  const [wanted, setWanted] = useState<number | null>(null)
  const [news, setNews] = useState('')
  const cart = useQuotedCart('/api/shop/cart', { member: session.member?.id ?? null, reward, rendition: 'pickup', wanted })
  const keepSession = (changed: ShopSession) => {
    setReward(null)
    queries.setQueryData(['shop'], changed)
  }
  useEffect(() => {
    // In braces: newer browsers answer with a promise, which is no cleanup.
    if (isCheckingOut) scrollTo({ top: 0 })
  }, [isCheckingOut])
  return (
    <ShopFrame menu={menu} session={session} news={news} onSpeak={onSpeak} onSession={keepSession}>
      {isCheckingOut && cart.lines.length > 0 ? (
        <Checkout
          index={index}
          cart={cart}
          session={session}
          reward={reward}
          wanted={wanted}
          onReward={setReward}
          onWanted={setWanted}
          onSession={keepSession}
          onBack={() => setCheckingOut(false)}
        />
      ) : (
        <div className={styles.columns}>
          <section aria-label={say('menu')}>
            <h1 className={styles.title}>{say('shop_title')}</h1>
            <p className={styles.how}>{say('shop_how')}</p>
            <Dishes
              index={index}
              iconSize={36}
              onAdd={(item, modifiers, quantity) => {
                const lines = addLine(cart.lines, item.id, modifiers, quantity)
                cart.change(lines)
                const count = lines.reduce((sum, line) => sum + line.quantity, 0)
                setNews(say('added', { dish: dish(item), count, total: money(subtotalOf(index, lines)) }))
              }}
            />
          </section>
          <CartPanel index={index} cart={cart} session={session} onCheckout={() => setCheckingOut(true)} onSaid={setNews} />
        </div>
      )}
    </ShopFrame>
  )
}
