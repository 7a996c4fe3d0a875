import { Button, Text, VisuallyHidden } from '@mantine/core'
import { IconLanguage, IconX } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import type { Language, MemberView, OrderView, PayOutcome } from '../../../../src/api.ts'
import { ApiError, call } from '../../api-client.ts'
import { addLine, type MenuIndex, subtotalOf } from '../../cart.ts'
import { Dialog } from '../../ordering/dialog.tsx'
import { Dishes } from '../../ordering/dishes.tsx'
import ordering from '../../ordering/ordering.module.css'
import { useQuotedCart } from '../../ordering/quoted-cart.ts'
import { useSpeech } from '../../ordering/speech.ts'
import type { texts } from '../../ordering/texts.ts'
import { wordsFor, wordsForUnpaid } from '../../ordering/words-for.ts'
import { IdleGuard } from './idle.tsx'
import styles from './kiosk.module.css'
import { PayingStep } from './paying-step.tsx'
import { PhoneStep } from './phone-step.tsx'
import { ReceiptStep } from './receipt-step.tsx'
import { ReviewStep } from './review-step.tsx'
import { StepTitle } from './step-title.tsx'

type Step = 'menu' | 'phone' | 'review' | 'paying' | 'receipt'

interface VisitProps {
  readonly till: string
  readonly index: MenuIndex
  onSpeak(language: Language): void
  onEnd(): void
}

/** One customer's order, from the menu to the receipt. */
export function Visit({ till, index, onSpeak, onEnd }: VisitProps) {
  const { say, dish, money, language } = useSpeech()
  const at = `/api/tills/${encodeURIComponent(till)}`
  const [step, setStep] = useState<Step>('menu')
  const [member, setMember] = useState<MemberView | null>(null)
  const [reward, setReward] = useState<string | null>(null)
  const [paid, setPaid] = useState<OrderView | null>(null)
  const [problem, setProblem] = useState<keyof typeof texts | null>(null)
  const [news, setNews] = useState('')
  const [isLeaving, setLeaving] = useState(false)
  const cart = useQuotedCart(`${at}/cart`, { member: member?.id ?? null, reward, rendition: 'onsite' })

  // The partner server forgets the sale of whoever was here before, however this visit ends.
  useEffect(() => {
    void call('POST', `${at}/clear`).catch(() => undefined)
  }, [at])
  const leave = () => {
    void call('POST', `${at}/clear`).catch(() => undefined)
    onEnd()
  }

  const pay = async () => {
    setProblem(null)
    setStep('paying')
    try {
      const outcome = await call<PayOutcome>('POST', `/api/orders/${cart.order}/pay`, { method: 'card' })
      if (outcome.kind === 'paid') {
        setPaid(outcome.order)
        return setStep('receipt')
      }
      cart.restart(outcome.next)
      if (outcome.why === 'reward_refused' || outcome.why === 'reward_needs_connection') setReward(null)
      setProblem(wordsForUnpaid(outcome.why))
    } catch (fault) {
      setProblem(fault instanceof ApiError ? wordsFor(fault) : 'error_other')
    }
    setStep('review')
  }

  const identified = (found: MemberView | null) => {
    setMember(found)
    setReward(null)
    setStep('review')
  }

  return (
    <div className={styles.screen}>
      <header className={styles.bar}>
        <Text fw={700} className={styles.grow}>
          {index.menu.shop}
        </Text>
        <Button
          variant="default"
          className={ordering.big}
          leftSection={<IconLanguage aria-hidden />}
          lang={language === 'en' ? 'es' : 'en'}
          onClick={() => onSpeak(language === 'en' ? 'es' : 'en')}
        >
          {say('other_language')}
        </Button>
        {(step === 'menu' || step === 'phone' || step === 'review') && (
          <Button
            variant="default"
            className={ordering.big}
            leftSection={<IconX aria-hidden />}
            onClick={() => (cart.lines.length === 0 ? leave() : setLeaving(true))}
          >
            {say('cancel_order')}
          </Button>
        )}
      </header>
      <main className={styles.step}>
        {step === 'menu' && (
          <>
            <StepTitle>{say('what_would_you_like')}</StepTitle>
            <Dishes
              index={index}
              iconSize={72}
              onAdd={(item, modifiers, quantity) => {
                const lines = addLine(cart.lines, item.id, modifiers, quantity)
                cart.change(lines)
                setNews(say('added', { dish: dish(item), count: countOf(lines), total: money(subtotalOf(index, lines)) }))
              }}
            />
          </>
        )}
        {step === 'phone' && <PhoneStep till={till} onMember={identified} onGuest={() => identified(null)} />}
        {step === 'review' && (
          <ReviewStep
            index={index}
            cart={cart}
            member={member}
            reward={reward}
            problem={problem && say(problem)}
            onReward={setReward}
            onWho={() => setStep('phone')}
            onMenu={() => setStep('menu')}
            onPay={pay}
            onSaid={setNews}
          />
        )}
        {step === 'paying' && <PayingStep till={till} order={cart.order} total={cart.lastQuote?.total ?? 0} />}
        {step === 'receipt' && paid && <ReceiptStep order={paid} onDone={leave} />}
      </main>
      {step === 'menu' && (
        <footer className={styles.foot}>
          <Text className={styles.grow}>
            {cart.lines.length === 0 ? say('nothing_yet') : `${say('your_order')}: ${countOf(cart.lines)}`}
          </Text>
          <Button
            className={ordering.big}
            disabled={cart.lines.length === 0}
            onClick={() => setStep(member ? 'review' : 'phone')}
          >
            {cart.lines.length === 0 ? say('checkout') : say('checkout_for', { total: money(subtotalOf(index, cart.lines)) })}
          </Button>
        </footer>
      )}
      <VisuallyHidden role="status">{news}</VisuallyHidden>
      <Leaving opened={isLeaving} onStay={() => setLeaving(false)} onLeave={leave} />
      {/* The payment device has a time limit of its own. */}
      {step !== 'paying' && <IdleGuard onIdle={leave} />}
    </div>
  )
}

const countOf = (lines: readonly { readonly quantity: number }[]) => lines.reduce((sum, { quantity }) => sum + quantity, 0)

function Leaving({ opened, onStay, onLeave }: { readonly opened: boolean; onStay(): void; onLeave(): void }) {
  const { say } = useSpeech()
  return (
    <Dialog opened={opened} onClose={onStay} title={say('cancel_sure')}>
      <Text mb="lg">{say('cancel_what')}</Text>
      <div className={styles.pair}>
        <Button className={ordering.big} variant="default" onClick={onStay} data-autofocus>
          {say('cancel_no')}
        </Button>
        <Button className={ordering.big} color="red.9" onClick={onLeave}>
          {say('cancel_yes')}
        </Button>
      </div>
    </Dialog>
  )
}
