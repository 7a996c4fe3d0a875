import { Title } from '@mantine/core'
import { type ReactNode, useEffect, useRef } from 'react'
import styles from './kiosk.module.css'

/** The heading of a step takes the focus when the step begins: a screen reader says it, and Tab goes on from there. */
export function StepTitle({ children }: { readonly children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <Title order={1} ref={heading} tabIndex={-1} className={styles.stepTitle}>
      {children}
    </Title>
  )
}
