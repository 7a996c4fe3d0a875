import { Button, Checkbox, Group, Modal, Radio, Stack, Text } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { CartLine, MenuItem, ModifierGroup } from '../../../../src/api.ts'
import type { MenuIndex } from '../../cart.ts'
import { unitPrice } from '../../cart.ts'
import { formatMoney } from '../../money.ts'
import { titled } from '../../titled.ts'
import { Stepper } from './stepper.tsx'

interface Props {
  readonly item: MenuItem
  readonly index: MenuIndex
  readonly onAdd: (modifiers: CartLine['modifiers'], quantity: number) => void
  readonly onClose: () => void
}

/** How the dish is wanted. What must be chosen has its first option chosen. */
export function ModifierDialog({ item, index, onAdd, onClose }: Props) {
  const { menu } = index
  const groups = item.modifierGroups.flatMap((id) => menu.modifierGroups.find((group) => group.id === id) ?? [])
  const [chosen, setChosen] = useState<readonly string[]>(() =>
    groups.flatMap(({ min, options }) => options.slice(0, min).map(({ id }) => id)),
  )
  const [quantity, setQuantity] = useState(1)
  const modifiers = chosen.map((option) => ({ option, quantity: 1 }))
  const price = quantity * unitPrice(index, { item: item.id, modifiers })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onAdd(modifiers, quantity)
  }
  return (
    <Modal opened onClose={onClose} {...titled(item.name)} size="md">
      <form onSubmit={submit}>
        <Stack>
          {groups.map((group) => (
            <OptionGroup key={group.id} group={group} chosen={chosen} currency={menu.currency} onChange={setChosen} />
          ))}
          <Group justify="space-between">
            <Stepper label={item.name} quantity={quantity} onChange={(next) => setQuantity(Math.max(1, next))} />
            <Button type="submit" size="lg" data-autofocus>
              Add {formatMoney(price, menu.currency)}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

interface GroupProps {
  readonly group: ModifierGroup
  readonly chosen: readonly string[]
  readonly currency: string
  readonly onChange: (chosen: readonly string[]) => void
}

function OptionGroup({ group, chosen, currency, onChange }: GroupProps) {
  const mine = new Set(group.options.map(({ id }) => id))
  const here = chosen.filter((id) => mine.has(id))
  const others = chosen.filter((id) => !mine.has(id))
  const label = (name: string, price: number) => (price === 0 ? name : `${name} +${formatMoney(price, currency)}`)
  if (group.min === 1 && group.max === 1) {
    return (
      <Radio.Group label={group.label} value={here[0] ?? null} onChange={(id) => onChange([...others, id])}>
        <Stack gap="xs" mt="xs">
          {group.options.map((option) => (
            <Radio key={option.id} value={option.id} label={label(option.label, option.price)} size="md" />
          ))}
        </Stack>
      </Radio.Group>
    )
  }
  return (
    <Checkbox.Group
      label={group.label}
      description={`Up to ${group.max}`}
      value={[...here]}
      onChange={(ids) => onChange([...others, ...ids.slice(-group.max)])}
    >
      <Stack gap="xs" mt="xs">
        {group.options.map((option) => (
          <Checkbox key={option.id} value={option.id} label={label(option.label, option.price)} size="md" />
        ))}
        {group.options.length === 0 && <Text c="dimmed">Nothing to choose</Text>}
      </Stack>
    </Checkbox.Group>
  )
}
