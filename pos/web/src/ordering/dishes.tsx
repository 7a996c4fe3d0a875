import { UnstyledButton } from '@mantine/core'
import { useState } from 'react'
import type { CartLine, MenuItem } from '../../../src/api.ts'
import type { MenuIndex } from '../cart.ts'
import { DishDialog } from './dish-dialog.tsx'
import { DishIcon } from './dish-icon.tsx'
import styles from './ordering.module.css'
import { useSpeech } from './speech.ts'

interface DishesProps {
  readonly index: MenuIndex
  readonly iconSize: number
  onAdd(item: MenuItem, modifiers: CartLine['modifiers'], quantity: number): void
}

/** The menu, a kind of dish at a time. A dish without modifiers is added by one touch. */
export function Dishes({ index, iconSize, onAdd }: DishesProps) {
  const { say, language, dish, money } = useSpeech()
  const { categories, items } = index.menu
  const [category, setCategory] = useState(categories[0]?.name ?? '')
  const [asked, setAsked] = useState<MenuItem | null>(null)
  return (
    <>
      <nav className={styles.tabs} aria-label={say('categories')}>
        {categories.map(({ name, names }) => (
          <UnstyledButton key={name} className={styles.tab} aria-pressed={name === category} onClick={() => setCategory(name)}>
            {language === 'en' ? name : (names[language] ?? name)}
          </UnstyledButton>
        ))}
      </nav>
      <ul className={styles.tiles}>
        {items
          .filter((item) => item.category === category)
          .map((item) => (
            <li key={item.id}>
              <UnstyledButton
                className={styles.tile}
                onClick={() => (item.modifierGroups.length > 0 ? setAsked(item) : onAdd(item, [], 1))}
              >
                <span className={styles.tileIcon}>
                  <DishIcon category={item.category} size={iconSize} />
                </span>
                <span className={styles.tileName}>{dish(item)}</span>
                <span className="figures">{money(item.price)}</span>
              </UnstyledButton>
            </li>
          ))}
      </ul>
      {asked && (
        <DishDialog
          index={index}
          item={asked}
          onClose={() => setAsked(null)}
          onAdd={(modifiers, quantity) => {
            onAdd(asked, modifiers, quantity)
            setAsked(null)
          }}
        />
      )}
    </>
  )
}
