import { Button, Text } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { Dialog } from '../../ordering/dialog.tsx'
import styles from '../../ordering/ordering.module.css'
import { useSpeech } from '../../ordering/speech.ts'

/** Long enough to read a menu aloud to a child. */
const QUIET_MS = 60_000
/** Accessibility guidelines ask for at least twenty seconds to say "I am still here". */
const WARNING_MS = 30_000
const LOOK_EVERY_MS = 250
const SIGNS_OF_LIFE = ['pointerdown', 'keydown', 'wheel', 'touchmove'] as const

/** Clears the screen for the next customer when nobody touches it, and says so long enough before. */
export function IdleGuard({ onIdle }: { onIdle(): void }) {
  const { say } = useSpeech()
  const [secondsLeft, setSecondsLeft] = useState<number | null>(null)
  const touched = useRef(Date.now())
  const end = useRef(onIdle)
  end.current = onIdle

  const stay = () => {
    touched.current = Date.now()
    setSecondsLeft(null)
  }
  useEffect(() => {
    const alive = () => {
      // While the question stands, only its answer counts: a sleeve on the screen is no customer.
      if (Date.now() - touched.current < QUIET_MS) touched.current = Date.now()
    }
    for (const sign of SIGNS_OF_LIFE) addEventListener(sign, alive, { passive: true })
    const timer = setInterval(() => {
      const left = QUIET_MS + WARNING_MS - (Date.now() - touched.current)
      if (left <= 0) end.current()
      else setSecondsLeft(left <= WARNING_MS ? Math.ceil(left / 1000) : null)
    }, LOOK_EVERY_MS)
    return () => {
      clearInterval(timer)
      for (const sign of SIGNS_OF_LIFE) removeEventListener(sign, alive)
    }
  }, [])

  return (
    <Dialog opened={secondsLeft !== null} onClose={stay} title={say('still_there')}>
      <Text size="xl" mb="lg" aria-live="off">
        {say('still_there_how', { seconds: secondsLeft ?? 0 })}
      </Text>
      <Button className={styles.big} fullWidth onClick={stay} data-autofocus>
        {say('still_here')}
      </Button>
    </Dialog>
  )
}
