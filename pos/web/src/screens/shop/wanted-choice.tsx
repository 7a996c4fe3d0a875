import { useId, useState } from 'react'
import ordering from '../../ordering/ordering.module.css'
import { useSpeech } from '../../ordering/speech.ts'
import styles from './shop.module.css'

const QUARTER_MS = 15 * 60_000
/** A kitchen needs half an hour; whoever plans further than twelve hours ahead calls. */
const FIRST_MS = 30 * 60_000
const CHOICES = 48

interface WantedChoiceProps {
  readonly store: string
  readonly wanted: number | null
  onWanted(wanted: number | null): void
}

/** Quarters of an hour, in the shop's own time. */
export function WantedChoice({ store, wanted, onWanted }: WantedChoiceProps) {
  const { say, time } = useSpeech()
  const id = useId()
  const [first] = useState(() => Math.ceil((Date.now() + FIRST_MS) / QUARTER_MS) * QUARTER_MS)
  const times = Array.from({ length: CHOICES }, (_, position) => first + position * QUARTER_MS)
  return (
    <div className={styles.section}>
      <label htmlFor={id} className={ordering.legend}>
        {say('when')}
      </label>
      <select
        id={id}
        className={styles.select}
        value={wanted ?? ''}
        onChange={({ currentTarget: { value } }) => onWanted(value === '' ? null : Number(value))}
      >
        <option value="">{say('when_soon')}</option>
        {times.map((instant) => (
          <option key={instant} value={instant}>
            {say('when_at', { time: time(instant) })}
          </option>
        ))}
      </select>
      <p className={ordering.note}>{say('when_note', { store })}</p>
    </div>
  )
}
