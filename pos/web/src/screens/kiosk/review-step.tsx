import { Alert, Button, Text } from '@mantine/core'
import type { CartLine, MemberView } from '../../../../src/api.ts'
import type { MenuIndex } from '../../cart.ts'
import { OrderLines } from '../../ordering/order-lines.tsx'
import ordering from '../../ordering/ordering.module.css'
import type { QuotedCart } from '../../ordering/quoted-cart.ts'
import { RewardChoice } from '../../ordering/reward-choice.tsx'
import { useSpeech } from '../../ordering/speech.ts'
import { TotalsList } from '../../ordering/totals.tsx'
import { wordsFor } from '../../ordering/words-for.ts'
import styles from './kiosk.module.css'
import { StepTitle } from './step-title.tsx'

interface ReviewStepProps {
  readonly index: MenuIndex
  readonly cart: QuotedCart
  readonly member: MemberView | null
  readonly reward: string | null
  /** Why the last payment did not happen. */
  readonly problem: string | null
  onReward(reward: string | null): void
  onWho(): void
  onMenu(): void
  onPay(): void
  onSaid(news: string): void
}

export function ReviewStep({ index, cart, member, reward, problem, onReward, onWho, onMenu, onPay, onSaid }: ReviewStepProps) {
  const { say, units, money } = useSpeech()
  const { quote, lastQuote } = cart
  const earns = quote?.pointsToEarn ?? null
  const change = (lines: readonly CartLine[]) => {
    cart.change(lines)
    if (lines.length === 0) onMenu()
  }
  return (
    <div className={styles.narrow}>
      <StepTitle>{say('review')}</StepTitle>
      {problem !== null && (
        <Alert color="red" role="alert" title={say('not_paid')} my="md">
          {problem}
        </Alert>
      )}
      {quote && !quote.online && (
        <Alert color="yellow" role="status" my="md">
          {say('offline')}
        </Alert>
      )}
      {member && <Greeting member={member} onWho={onWho} />}
      <OrderLines index={index} lines={cart.lines} onChange={change} onRemoved={(dish) => onSaid(say('removed', { dish }))} />
      {member ? (
        <section className={styles.section}>
          <RewardChoice member={member} chosen={reward} quote={quote} onChoose={onReward} />
        </section>
      ) : (
        <Button variant="light" className={ordering.big} fullWidth mt="md" onClick={onWho}>
          {say('sign_in')}
        </Button>
      )}
      <div aria-live="polite">{lastQuote && <TotalsList totals={lastQuote} />}</div>
      {earns !== null && member && <Text>{say('will_earn', { units: units(earns, member.balance?.units ?? 'points') })}</Text>}
      {cart.problem && (
        <Alert color="red" role="alert" my="md">
          {say(wordsFor(cart.problem))}{' '}
          <Button variant="default" className={ordering.big} onClick={cart.again}>
            {say('try_again')}
          </Button>
        </Alert>
      )}
      <Button className={ordering.big} fullWidth mt="lg" disabled={!quote} onClick={onPay}>
        {say('pay_card', { total: lastQuote ? money(lastQuote.total) : '' })}
      </Button>
      <Button variant="default" className={ordering.big} fullWidth mt="md" onClick={onMenu}>
        {say('back_to_menu')}
      </Button>
    </div>
  )
}

function Greeting({ member, onWho }: { readonly member: MemberView; onWho(): void }) {
  const { say, units } = useSpeech()
  return (
    <div className={styles.greeting}>
      <span className={styles.grow}>
        {member.isNew ? say('hello_new') : say('hello', { name: member.name ?? member.phone })}{' '}
        {member.balance && say('you_have', { units: units(member.balance.quantity, member.balance.units) })}
      </span>
      <Button variant="subtle" className={ordering.big} onClick={onWho}>
        {say('not_you')}
      </Button>
    </div>
  )
}
