import { UnstyledButton } from '@mantine/core'
import { IconMinus, IconPlus, IconTrash } from '@tabler/icons-react'
import styles from './ordering.module.css'
import { useSpeech } from './speech.ts'

interface QuantityStepperProps {
  /** Of the dish, for who hears the buttons. */
  readonly name: string
  readonly quantity: number
  readonly min: number
  onChange(quantity: number): void
}

const QUANTITY_MAX = 99

export function QuantityStepper({ name, quantity, min, onChange }: QuantityStepperProps) {
  const { say } = useSpeech()
  return (
    <div className={styles.stepper}>
      <UnstyledButton
        className={styles.step}
        disabled={quantity <= min}
        onClick={() => onChange(quantity - 1)}
        aria-label={say('one_less', { dish: name })}
      >
        {quantity === 1 && min === 0 ? <IconTrash aria-hidden /> : <IconMinus aria-hidden />}
      </UnstyledButton>
      <output className={`figures ${styles.count}`} aria-label={say('quantity')}>
        {quantity}
      </output>
      <UnstyledButton
        className={styles.step}
        disabled={quantity >= QUANTITY_MAX}
        onClick={() => onChange(quantity + 1)}
        aria-label={say('one_more', { dish: name })}
      >
        <IconPlus aria-hidden />
      </UnstyledButton>
    </div>
  )
}
