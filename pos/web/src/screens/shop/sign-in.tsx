import { Button, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { ShopSession } from '../../../../src/api.ts'
import { ApiError, call } from '../../api-client.ts'
import ordering from '../../ordering/ordering.module.css'
import { useSpeech } from '../../ordering/speech.ts'
import type { texts } from '../../ordering/texts.ts'
import { wordsFor } from '../../ordering/words-for.ts'
import styles from './shop.module.css'

/** A phone number makes a member; whoever goes on without stays a guest. */
export function SignIn({ onSession }: { onSession(session: ShopSession): void }) {
  const { say } = useSpeech()
  const [phone, setPhone] = useState('')
  const [problem, setProblem] = useState<keyof typeof texts | null>(null)
  const [isAsking, setAsking] = useState(false)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setAsking(true)
    call<ShopSession>('POST', '/api/shop/sign-in', { phone })
      .then(onSession)
      .catch((fault: unknown) => {
        setAsking(false)
        setProblem(fault instanceof ApiError ? wordsFor(fault) : 'error_other')
      })
  }
  return (
    <form onSubmit={submit} noValidate>
      <div className={styles.signIn}>
        <TextInput
          className={styles.grow}
          label={say('phone')}
          description={say('sign_in_how')}
          type="tel"
          autoComplete="tel"
          size="md"
          value={phone}
          error={problem && say(problem)}
          onChange={(event) => {
            setProblem(null)
            setPhone(event.currentTarget.value)
          }}
        />
        <Button type="submit" variant="light" className={ordering.big} loading={isAsking} disabled={phone.trim() === ''}>
          {say('sign_in')}
        </Button>
      </div>
    </form>
  )
}
