import type { Totals } from '../../../src/api.ts'
import styles from './ordering.module.css'
import { useSpeech } from './speech.ts'

export function TotalsList({ totals }: { readonly totals: Totals }) {
  const { say, money } = useSpeech()
  const rows = [
    { name: say('subtotal'), amount: totals.subtotal },
    ...(totals.discount > 0 ? [{ name: say('discount'), amount: -totals.discount }] : []),
    { name: say('tax'), amount: totals.tax },
  ]
  return (
    <dl className={`figures ${styles.totals}`}>
      {rows.map(({ name, amount }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{money(amount)}</dd>
        </div>
      ))}
      <div className={styles.total}>
        <dt>{say('total')}</dt>
        <dd>{money(totals.total)}</dd>
      </div>
    </dl>
  )
}
