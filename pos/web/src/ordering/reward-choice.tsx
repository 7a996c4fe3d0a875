import { Alert } from '@mantine/core'
import type { MemberView, Quote } from '../../../src/api.ts'
import styles from './ordering.module.css'
import { useSpeech } from './speech.ts'

interface RewardChoiceProps {
  readonly member: MemberView
  readonly chosen: string | null
  readonly quote: Quote | null
  onChoose(reward: string | null): void
}

/** The member's rewards, and at once what the chosen one takes off, or why it does not apply. */
export function RewardChoice({ member, chosen, quote, onChoose }: RewardChoiceProps) {
  const { say, units, language } = useSpeech()
  if (member.balance === null) return <Alert color="yellow">{say('offline')}</Alert>
  const usable = member.rewards.filter(({ quantity }) => quantity > 0)
  if (usable.length === 0) return <p className={styles.note}>{say('rewards_empty')}</p>
  const refused = quote?.reward && !quote.reward.applied ? quote.reward : null
  return (
    <fieldset className={styles.group}>
      <legend className={styles.legend}>{say('rewards')}</legend>
      {usable.map(({ id, label, points }) => (
        <label key={id} className={styles.option}>
          <input type="radio" name="reward" checked={chosen === id} onChange={() => onChoose(id)} />
          {/* The program names its rewards, in English. */}
          <span className={styles.grow} lang="en">
            {label}
          </span>
          {points !== null && (
            <span className={styles.note}>
              {say('reward_points', { units: units(points, member.balance?.units ?? 'points') })}
            </span>
          )}
        </label>
      ))}
      <label className={styles.option}>
        <input type="radio" name="reward" checked={chosen === null} onChange={() => onChoose(null)} />
        <span className={styles.grow}>{say('reward_none')}</span>
      </label>
      {refused && (
        <Alert color="yellow" role="status">
          {say('reward_refused', { reward: refused.label })} {language === 'en' && refused.message}
        </Alert>
      )}
    </fieldset>
  )
}
