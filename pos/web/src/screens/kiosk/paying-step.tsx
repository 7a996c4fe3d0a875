import { Button, Text } from '@mantine/core'
import { IconCreditCardPay } from '@tabler/icons-react'
import { useState } from 'react'
import { call } from '../../api-client.ts'
import { useLive } from '../../live.ts'
import ordering from '../../ordering/ordering.module.css'
import { useSpeech } from '../../ordering/speech.ts'
import styles from './kiosk.module.css'
import { StepTitle } from './step-title.tsx'

interface PayingStepProps {
  readonly till: string
  readonly order: string
  readonly total: number
}

/** While the card reader has the order; how it ends is told by the call that pays. */
export function PayingStep({ till, order, total }: PayingStepProps) {
  const { say, money } = useSpeech()
  const { device } = useLive(till)
  const [isStopping, setStopping] = useState(false)
  const stop = () => {
    setStopping(true)
    call('POST', `/api/orders/${order}/cancel-payment`).catch(() => setStopping(false))
  }
  return (
    <div className={`${styles.narrow} ${styles.centered}`} data-device={device?.screen}>
      <IconCreditCardPay size={180} stroke={1} aria-hidden className={styles.pulse} />
      <StepTitle>{say('paying_title')}</StepTitle>
      <Text size="xl">{say('paying_how')}</Text>
      <p className={`figures ${styles.amountDue}`}>{money(total)}</p>
      <Button variant="default" className={ordering.big} loading={isStopping} onClick={stop}>
        {say('paying_stop')}
      </Button>
    </div>
  )
}
