import { Button } from '@mantine/core'
import { IconBackspace } from '@tabler/icons-react'
import styles from './register.module.css'

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9'] as const

/** Keys for a finger; a keyboard types into the field above it. */
export function NumberPad({
  extra,
  onKey,
  onBack,
}: {
  readonly extra: string
  readonly onKey: (key: string) => void
  readonly onBack: () => void
}) {
  return (
    <div className={styles.pad}>
      {[...KEYS, extra, '0'].map((key) => (
        <Button key={key} variant="default" className={styles.padKey} onClick={() => onKey(key)}>
          {key}
        </Button>
      ))}
      <Button variant="default" className={styles.padKey} aria-label="Delete the last digit" onClick={onBack}>
        <IconBackspace />
      </Button>
    </div>
  )
}
