import { Alert, Button, UnstyledButton } from '@mantine/core'
import { IconBackspace } from '@tabler/icons-react'
import { type FormEvent, useId, useState } from 'react'
import type { MemberView } from '../../../../src/api.ts'
import { ApiError, call } from '../../api-client.ts'
import ordering from '../../ordering/ordering.module.css'
import { useSpeech } from '../../ordering/speech.ts'
import { wordsFor } from '../../ordering/words-for.ts'
import styles from './kiosk.module.css'
import { StepTitle } from './step-title.tsx'

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9'] as const
const DIGITS_MAX = 15

interface PhoneStepProps {
  readonly till: string
  onMember(member: MemberView): void
  onGuest(): void
}

/** Who orders: a phone number on a pad that also takes a keyboard, or nobody in particular. */
export function PhoneStep({ till, onMember, onGuest }: PhoneStepProps) {
  const { say } = useSpeech()
  const [phone, setPhone] = useState('')
  const [problem, setProblem] = useState<ApiError | null>(null)
  const [isAsking, setAsking] = useState(false)
  const problemId = useId()
  const type = (digits: string) => {
    setProblem(null)
    setPhone(digits.replaceAll(/\D/g, '').slice(0, DIGITS_MAX))
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setAsking(true)
    call<MemberView>('POST', `/api/tills/${encodeURIComponent(till)}/members`, { phone })
      .then(onMember)
      .catch((fault: unknown) => {
        setAsking(false)
        setProblem(fault instanceof ApiError ? fault : new ApiError('internal', String(fault)))
      })
  }
  return (
    <form className={styles.narrow} onSubmit={submit}>
      <StepTitle>{say('sign_in_title')}</StepTitle>
      <p>{say('sign_in_how')}</p>
      <label className={styles.phoneLabel}>
        {say('phone')}
        <input
          className={`figures ${styles.phone}`}
          type="tel"
          // The pad below is the keyboard; a hardware keyboard works as well.
          inputMode="none"
          autoComplete="off"
          value={phone}
          aria-invalid={problem !== null}
          aria-describedby={problem ? problemId : undefined}
          onChange={(event) => type(event.currentTarget.value)}
        />
      </label>
      {problem && (
        <Alert id={problemId} color="red" role="alert" my="sm">
          {say(wordsFor(problem))}
        </Alert>
      )}
      <div className={styles.pad}>
        {[...KEYS, 'clear', '0', 'erase'].map((key) => (
          <UnstyledButton key={key} className={styles.key} onClick={() => type(press(phone, key))} aria-label={ariaOf(key)}>
            {key === 'clear' ? 'C' : key === 'erase' ? <IconBackspace size="1.2em" aria-hidden /> : key}
          </UnstyledButton>
        ))}
      </div>
      <Button type="submit" className={ordering.big} fullWidth loading={isAsking} disabled={phone === ''}>
        {say('next')}
      </Button>
      <Button variant="default" className={ordering.big} fullWidth mt="md" onClick={onGuest}>
        {say('as_guest')}
      </Button>
      <p className={ordering.note}>{say('guest_claims')}</p>
    </form>
  )

  function ariaOf(key: string): string {
    if (key === 'clear') return say('digit_clear')
    return key === 'erase' ? say('digit_erase') : key
  }
}

function press(phone: string, key: string): string {
  if (key === 'clear') return ''
  return key === 'erase' ? phone.slice(0, -1) : phone + key
}
