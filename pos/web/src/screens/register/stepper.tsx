import { ActionIcon, Text } from '@mantine/core'
import { IconMinus, IconPlus, IconTrash } from '@tabler/icons-react'
import styles from './register.module.css'

/** A quantity with a button on each side. */
export function Stepper({
  label,
  quantity,
  onChange,
  canRemove = false,
  max,
}: {
  readonly label: string
  readonly quantity: number
  readonly onChange: (quantity: number) => void
  readonly canRemove?: boolean
  readonly max?: number
}) {
  const isLast = canRemove && quantity === 1
  return (
    <div className={styles.stepper}>
      <ActionIcon
        variant="default"
        size={36}
        aria-label={isLast ? `Remove ${label}` : `One ${label} less`}
        onClick={() => onChange(quantity - 1)}
      >
        {isLast ? <IconTrash size={18} /> : <IconMinus size={18} />}
      </ActionIcon>
      <Text component="span" miw={28} ta="center" fw={600} className="figures" aria-label={`${quantity} ${label}`} role="status">
        {quantity}
      </Text>
      <ActionIcon
        variant="default"
        size={36}
        aria-label={`One ${label} more`}
        disabled={max !== undefined && quantity >= max}
        onClick={() => onChange(quantity + 1)}
      >
        <IconPlus size={18} />
      </ActionIcon>
    </div>
  )
}
