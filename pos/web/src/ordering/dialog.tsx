import { CloseButton, Modal } from '@mantine/core'
import type { ReactNode } from 'react'
import { titled } from '../titled.ts'
import styles from './ordering.module.css'
import { useSpeech } from './speech.ts'

interface DialogProps {
  readonly opened: boolean
  readonly title: string
  readonly hasClose?: boolean
  readonly children: ReactNode
  onClose(): void
}

/** Above the screen, until it is answered. Its title is not in a `header`: a page has one banner, and that is the shop's. */
export function Dialog({ opened, title, hasClose, children, onClose }: DialogProps) {
  const { say } = useSpeech()
  return (
    <Modal.Root opened={opened} onClose={onClose} size="lg" centered attributes={titled(title).attributes}>
      <Modal.Overlay />
      <Modal.Content>
        <Modal.Body className={styles.dialog}>
          <div className={styles.dialogHead}>
            <Modal.Title className={styles.dialogTitle}>{title}</Modal.Title>
            {hasClose && <CloseButton className={styles.dialogClose} size="xl" aria-label={say('close')} onClick={onClose} />}
          </div>
          {children}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  )
}
