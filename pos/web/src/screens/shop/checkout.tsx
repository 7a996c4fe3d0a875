import { Alert, Button, TextInput } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import type { OrderView, PlaceAsk, ShopSession } from '../../../../src/api.ts'
import { ApiError, call } from '../../api-client.ts'
import type { MenuIndex } from '../../cart.ts'
import { OrderLines } from '../../ordering/order-lines.tsx'
import ordering from '../../ordering/ordering.module.css'
import type { QuotedCart } from '../../ordering/quoted-cart.ts'
import { RewardChoice } from '../../ordering/reward-choice.tsx'
import { useSpeech } from '../../ordering/speech.ts'
import type { texts } from '../../ordering/texts.ts'
import { TotalsList } from '../../ordering/totals.tsx'
import { wordsFor } from '../../ordering/words-for.ts'
import styles from './shop.module.css'
import { SignIn } from './sign-in.tsx'
import { WantedChoice } from './wanted-choice.tsx'

interface CheckoutProps {
  readonly index: MenuIndex
  readonly cart: QuotedCart
  readonly session: ShopSession
  readonly reward: string | null
  readonly wanted: number | null
  onReward(reward: string | null): void
  onWanted(wanted: number | null): void
  onSession(session: ShopSession): void
  onBack(): void
}

/** Who, when, with which reward; then the order is placed, and its reward is kept for it until it is picked up. */
export function Checkout({ index, cart, session, reward, wanted, onReward, onWanted, onSession, onBack }: CheckoutProps) {
  const { say, money, units } = useSpeech()
  const navigate = useNavigate()
  const { member } = session
  const [name, setName] = useState(member?.name ?? '')
  const [isNameMissing, setNameMissing] = useState(false)
  const [problem, setProblem] = useState<keyof typeof texts | null>(null)
  const [isPlacing, setPlacing] = useState(false)
  const { quote, lastQuote } = cart

  const place = async (event: FormEvent) => {
    event.preventDefault()
    setNameMissing(name.trim() === '')
    if (name.trim() === '' || !quote) return
    setPlacing(true)
    setProblem(null)
    const ask: PlaceAsk = {
      cart: {
        order: cart.order,
        seq: cart.seq,
        lines: cart.lines,
        member: member?.id ?? null,
        reward,
        rendition: 'pickup',
        wanted,
      },
      name: name.trim(),
    }
    try {
      const { id } = await call<OrderView>('POST', '/api/shop/orders', ask)
      await navigate({ to: '/shop/orders/$id', params: { id } })
    } catch (fault) {
      setPlacing(false)
      setProblem(fault instanceof ApiError ? wordsFor(fault) : 'error_other')
      if (!(fault instanceof ApiError) || fault.word !== 'reward_refused') return
      // An order that was refused is over; the cart goes on under an id of its own.
      onReward(null)
      cart.restart(crypto.randomUUID())
    }
  }

  return (
    <div className={styles.narrow}>
      <h1 className={styles.title}>{say('review')}</h1>
      <OrderLines index={index} lines={cart.lines} onChange={cart.change} />
      <section className={styles.section}>
        <h2 className={styles.subtitle}>{say('who_orders')}</h2>
        {member ? (
          <p>
            {member.balance ? say('you_have', { units: units(member.balance.quantity, member.balance.units) }) : say('offline')}
          </p>
        ) : (
          <SignIn
            onSession={(changed) => {
              onSession(changed)
              if (name === '') setName(changed.member?.name ?? '')
            }}
          />
        )}
        {member && <RewardChoice member={member} chosen={reward} quote={quote} onChoose={onReward} />}
      </section>
      <form onSubmit={place} noValidate>
        <WantedChoice store={index.menu.store.name} wanted={wanted} onWanted={onWanted} />
        <TextInput
          label={say('your_name')}
          description={say('your_name_how')}
          value={name}
          maxLength={80}
          autoComplete="given-name"
          size="md"
          required
          error={isNameMissing && say('name_missing')}
          onChange={(event) => {
            setNameMissing(false)
            setName(event.currentTarget.value)
          }}
        />
        <div aria-live="polite">{lastQuote && <TotalsList totals={lastQuote} />}</div>
        {quote && member && quote.pointsToEarn !== null && (
          <p>{say('will_earn', { units: units(quote.pointsToEarn, member.balance?.units ?? 'points') })}</p>
        )}
        {cart.problem && (
          <Alert color="red" role="alert" my="md">
            {say(wordsFor(cart.problem))} <Button onClick={cart.again}>{say('try_again')}</Button>
          </Alert>
        )}
        {problem && (
          <Alert color="red" role="alert" my="md">
            {say(problem)}
          </Alert>
        )}
        <Button type="submit" className={ordering.big} fullWidth loading={isPlacing} disabled={!quote}>
          {say('place_order', { total: lastQuote ? money(lastQuote.total) : '' })}
        </Button>
        <p className={ordering.note}>
          {say('pay_later')} {!member && say('guest_claims')}
        </p>
        <Button variant="default" className={ordering.big} fullWidth onClick={onBack}>
          {say('back_to_menu')}
        </Button>
      </form>
    </div>
  )
}
