import { UnstyledButton } from '@mantine/core'
import { memo, useState } from 'react'
import type { Menu, MenuItem } from '../../../../src/api.ts'
import { formatMoney } from '../../money.ts'
import styles from './register.module.css'

/** All dishes of a category as tiles. Kept apart from the cart's changes: a tap draws one line, not fifty tiles. */
export const MenuGrid = memo(function MenuGrid({
  menu,
  onPick,
}: {
  readonly menu: Menu
  readonly onPick: (item: MenuItem) => void
}) {
  const [category, setCategory] = useState(menu.categories[0]?.name ?? '')
  return (
    <section className={styles.menu} aria-label="Menu">
      <fieldset className={styles.categories} style={{ border: 0, margin: 0 }} aria-label="Categories">
        {menu.categories.map(({ name }) => (
          <UnstyledButton
            key={name}
            className={styles.category}
            aria-pressed={name === category}
            onClick={() => setCategory(name)}
          >
            {name}
          </UnstyledButton>
        ))}
      </fieldset>
      <div className={styles.tiles}>
        {menu.items
          .filter((item) => item.category === category)
          .map((item) => (
            <UnstyledButton key={item.id} className={styles.tile} onClick={() => onPick(item)} data-item={item.id}>
              <span>{item.name}</span>
              <span className={styles.tilePrice}>{formatMoney(item.price, menu.currency)}</span>
            </UnstyledButton>
          ))}
      </div>
    </section>
  )
})
