import { Anchor, Button } from '@mantine/core'
import type { ShopSession } from '../../../../src/api.ts'
import { type MenuIndex, subtotalOf } from '../../cart.ts'
import { OrderLines } from '../../ordering/order-lines.tsx'
import ordering from '../../ordering/ordering.module.css'
import type { QuotedCart } from '../../ordering/quoted-cart.ts'
import { useSpeech } from '../../ordering/speech.ts'
import styles from './shop.module.css'

interface CartPanelProps {
  readonly index: MenuIndex
  readonly cart: QuotedCart
  readonly session: ShopSession
  onCheckout(): void
  onSaid(news: string): void
}

/** Beside the menu where there is room, under it on a phone, with its total always in reach. */
export function CartPanel({ index, cart, session, onCheckout, onSaid }: CartPanelProps) {
  const { say, money } = useSpeech()
  const isEmpty = cart.lines.length === 0
  return (
    <aside className={styles.panel} aria-label={say('your_order')}>
      <h2 className={styles.subtitle}>{say('your_order')}</h2>
      {isEmpty ? (
        <p className={ordering.note}>{say('nothing_yet')}</p>
      ) : (
        <OrderLines
          index={index}
          lines={cart.lines}
          onChange={cart.change}
          onRemoved={(dish) => onSaid(say('removed', { dish }))}
        />
      )}
      {!isEmpty && (
        <div className={styles.checkout}>
          <Button className={ordering.big} fullWidth onClick={onCheckout}>
            {say('checkout_for', { total: money(subtotalOf(index, cart.lines)) })}
          </Button>
        </div>
      )}
      {session.orders.length > 0 && (
        <>
          <h2 className={styles.subtitle}>{say('your_orders')}</h2>
          <ul className={styles.orders}>
            {session.orders.map(({ id, number, total }) => (
              <li key={id}>
                <Anchor href={`/shop/orders/${id}`}>{say('order_of', { number })}</Anchor>{' '}
                <span className="figures">{money(total)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </aside>
  )
}
