import { IconCheck } from '@tabler/icons-react'
import type { OrderView } from '../../../../src/api.ts'
import { useSpeech } from '../../ordering/speech.ts'
import styles from './shop.module.css'

const STEPS = ['state_placed', 'state_ready', 'state_picked_up'] as const

/** Where the order is on its way; a screen reader hears each change. */
export function OrderProgress({ order }: { readonly order: OrderView }) {
  const { say } = useSpeech()
  const end = endOf(order)
  if (end)
    return (
      <p className={styles.ended} role="status">
        {say(end)}
      </p>
    )
  const reached = stepOf(order)
  return (
    <>
      <ol className={styles.progress} aria-label={say('progress')}>
        {STEPS.map((step, position) => (
          <li key={step} aria-current={position === reached ? 'step' : undefined} data-done={position <= reached}>
            <span className={styles.dot}>{position <= reached && <IconCheck size={18} aria-hidden />}</span>
            {say(step)}
          </li>
        ))}
      </ol>
      <p role="status" className={styles.now}>
        {order.state === 'paying' ? say('state_paying') : say(STEPS[reached] ?? 'state_placed')}
      </p>
    </>
  )
}

function endOf({ state }: OrderView): 'state_voided' | 'state_refunded' | null {
  if (state === 'voided') return 'state_voided'
  return state === 'refunded' ? 'state_refunded' : null
}

function stepOf({ state, isReady }: OrderView): number {
  if (state === 'open' || state === 'placed' || state === 'paying') return isReady ? 1 : 0
  return 2
}
