import { Button, Group, Text } from '@mantine/core'
import { useState } from 'react'
import type { CartLine, MenuItem, ModifierGroup } from '../../../src/api.ts'
import { type MenuIndex, unitPrice } from '../cart.ts'
import { Dialog } from './dialog.tsx'
import styles from './ordering.module.css'
import { QuantityStepper } from './quantity-stepper.tsx'
import { useSpeech } from './speech.ts'

interface DishDialogProps {
  readonly index: MenuIndex
  readonly item: MenuItem
  onAdd(modifiers: CartLine['modifiers'], quantity: number): void
  onClose(): void
}

/** How a dish is wanted: its modifiers and how many. */
export function DishDialog({ index, item, onAdd, onClose }: DishDialogProps) {
  const { say, dish, money } = useSpeech()
  const groups = item.modifierGroups.flatMap((id) => index.menu.modifierGroups.filter((group) => group.id === id))
  const [chosen, setChosen] = useState<ReadonlySet<string>>(() => new Set(groups.flatMap(firstWhereNeeded)))
  const [quantity, setQuantity] = useState(1)
  const modifiers = groups.flatMap(({ options }) =>
    options.filter(({ id }) => chosen.has(id)).map(({ id }) => ({ option: id, quantity: 1 })),
  )
  const price = quantity * unitPrice(index, { item: item.id, modifiers })
  return (
    <Dialog opened title={dish(item)} hasClose onClose={onClose}>
      {groups.map((group) => (
        <OptionGroup key={group.id} group={group} chosen={chosen} onChange={setChosen} />
      ))}
      <Group justify="space-between" mt="lg">
        <QuantityStepper name={dish(item)} quantity={quantity} min={1} onChange={setQuantity} />
        <Button className={styles.big} onClick={() => onAdd(modifiers, quantity)} data-autofocus>
          {say('add_for', { price: money(price) })}
        </Button>
      </Group>
    </Dialog>
  )
}

/** A group that must be answered begins with its first option, so that nobody is held up. */
const firstWhereNeeded = ({ min, options }: ModifierGroup) => options.slice(0, min).map(({ id }) => id)

interface OptionGroupProps {
  readonly group: ModifierGroup
  readonly chosen: ReadonlySet<string>
  onChange(chosen: ReadonlySet<string>): void
}

function OptionGroup({ group, chosen, onChange }: OptionGroupProps) {
  const { say, label, money } = useSpeech()
  const isOne = group.min === 1 && group.max === 1
  const count = group.options.filter(({ id }) => chosen.has(id)).length
  const toggle = (id: string) => {
    const others = [...chosen].filter((other) => (isOne ? !group.options.some((option) => option.id === other) : other !== id))
    onChange(new Set(chosen.has(id) && !isOne ? others : [...others, id]))
  }
  return (
    <fieldset className={styles.group}>
      <legend>
        <Text fw={650} span>
          {label(group)}
        </Text>{' '}
        <Text c="dimmed" span>
          {isOne ? say('choose_one') : say('choose_up_to', { max: group.max })}
        </Text>
      </legend>
      {group.options.map((option) => (
        <label key={option.id} className={styles.option}>
          <input
            type={isOne ? 'radio' : 'checkbox'}
            name={group.id}
            checked={chosen.has(option.id)}
            disabled={!isOne && !chosen.has(option.id) && count >= group.max}
            onChange={() => toggle(option.id)}
          />
          <span className={styles.grow}>{label(option)}</span>
          {option.price > 0 && <span className="figures">+{money(option.price)}</span>}
        </label>
      ))}
    </fieldset>
  )
}
