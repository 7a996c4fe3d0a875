import type { CartLine } from '../../../src/api.ts'
import { type MenuIndex, setQuantity, unitPrice } from '../cart.ts'
import styles from './ordering.module.css'
import { QuantityStepper } from './quantity-stepper.tsx'
import { useSpeech } from './speech.ts'

interface OrderLinesProps {
  readonly index: MenuIndex
  readonly lines: readonly CartLine[]
  onChange(lines: readonly CartLine[]): void
  onRemoved?(dish: string): void
}

/** What is in the cart, priced on the spot: the partner server's price follows, and is the one that is paid. */
export function OrderLines({ index, lines, onChange, onRemoved }: OrderLinesProps) {
  const { dish, label, money } = useSpeech()
  return (
    <ul className={styles.lines}>
      {lines.map((line) => {
        const item = index.items.get(line.item)
        if (!item) return null
        const extras = line.modifiers.flatMap(({ option }) => index.options.get(option) ?? [])
        return (
          <li key={line.key} className={styles.line}>
            <span className={styles.grow}>
              <span className={styles.lineName}>{dish(item)}</span>
              {extras.length > 0 && <span className={styles.extras}>{extras.map(label).join(', ')}</span>}
            </span>
            <QuantityStepper
              name={dish(item)}
              quantity={line.quantity}
              min={0}
              onChange={(quantity) => {
                onChange(setQuantity(lines, line.key, quantity))
                if (quantity === 0) onRemoved?.(dish(item))
              }}
            />
            <span className={`figures ${styles.amount}`}>{money(line.quantity * unitPrice(index, line))}</span>
          </li>
        )
      })}
    </ul>
  )
}
