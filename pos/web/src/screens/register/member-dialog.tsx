import { Alert, Button, Modal, Stack, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { MemberView } from '../../../../src/api.ts'
import { call } from '../../api-client.ts'
import { titled } from '../../titled.ts'
import { NumberPad } from './number-pad.tsx'

const DIGITS_MAX = 15

/** `(415) 555-0123`, as far as it is typed. */
function formatPhone(digits: string): string {
  if (digits.length <= 3 || digits.length > 10) return digits
  const [area, rest] = [digits.slice(0, 3), digits.slice(3)]
  return `(${area}) ${rest.length > 3 ? `${rest.slice(0, 3)}-${rest.slice(3)}` : rest}`
}

interface Props {
  readonly till: string
  readonly onFound: (member: MemberView) => void
  readonly onClose: () => void
}

/** Who the customer is: by phone. A number that is new becomes a member, whose name may be noted. */
export function MemberDialog({ till, onFound, onClose }: Props) {
  const [digits, setDigits] = useState('')
  const [name, setName] = useState('')
  const [fresh, setFresh] = useState<MemberView | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [isBusy, setBusy] = useState(false)
  const press = (key: string) => setDigits((was) => (was + key).replaceAll(/\D/g, '').slice(0, DIGITS_MAX))
  const lookUp = (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    call<MemberView>('POST', `/api/tills/${till}/members`, { phone: digits, ...(name.trim() && { name: name.trim() }) })
      .then((member) => (member.isNew && fresh === null ? setFresh(member) : onFound(member)))
      .catch((fault: Error) => setProblem(fault.message))
      .finally(() => setBusy(false))
  }
  if (fresh) {
    return (
      <Modal opened onClose={() => onFound(fresh)} {...titled('New member')}>
        <form onSubmit={lookUp}>
          <Stack>
            <Alert color="harbor">{formatPhone(digits)} is a member now. What is the customer’s name?</Alert>
            <TextInput
              label="Name (may stay empty)"
              size="lg"
              value={name}
              maxLength={80}
              data-autofocus
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Button type="submit" size="lg" loading={isBusy}>
              {name.trim() ? 'Save and go on' : 'Go on'}
            </Button>
          </Stack>
        </form>
      </Modal>
    )
  }
  return (
    <Modal opened onClose={onClose} {...titled('Member’s phone number')} size="sm">
      <form onSubmit={lookUp}>
        <Stack gap="sm">
          <TextInput
            aria-label="Phone number"
            size="xl"
            value={formatPhone(digits)}
            placeholder="(555) 555-0100"
            inputMode="none"
            autoComplete="off"
            data-autofocus
            onChange={(event) => setDigits(event.currentTarget.value.replaceAll(/\D/g, '').slice(0, DIGITS_MAX))}
          />
          {problem !== null && (
            <Alert color="red" role="alert">
              {problem}
            </Alert>
          )}
          <NumberPad extra="00" onKey={press} onBack={() => setDigits((was) => was.slice(0, -1))} />
          <Button type="submit" size="lg" loading={isBusy} disabled={digits.length < 7}>
            Look up
          </Button>
        </Stack>
      </form>
    </Modal>
  )
}
