import { Button, Title } from '@mantine/core'
import type { Language, Menu } from '../../../../src/api.ts'
import { DishIcon } from '../../ordering/dish-icon.tsx'
import { speechIn } from '../../ordering/speech.ts'
import styles from './kiosk.module.css'

const LANGUAGES: readonly { readonly language: Language; readonly name: string }[] = [
  { language: 'en', name: 'English' },
  { language: 'es', name: 'Español' },
]

/** Invites in both languages; the choice of one begins the order. */
export function Attract({ menu, onBegin }: { readonly menu: Menu; onBegin(language: Language): void }) {
  return (
    <main className={`${styles.screen} ${styles.attract}`}>
      <p className={styles.shop}>{menu.shop}</p>
      <div className={styles.parade} aria-hidden>
        {menu.categories.map(({ name }) => (
          <DishIcon key={name} category={name} size={120} />
        ))}
      </div>
      <div>
        {LANGUAGES.map(({ language }, position) => {
          const { say } = speechIn(language, menu)
          return (
            <div key={language} lang={language} className={styles.invitation}>
              <Title order={position === 0 ? 1 : 2} className={styles.headline}>
                {say('welcome')}
              </Title>
              <p>{say('welcome_how')}</p>
            </div>
          )
        })}
      </div>
      <div className={styles.languages}>
        {LANGUAGES.map(({ language, name }) => (
          <Button key={language} lang={language} className={styles.begin} onClick={() => onBegin(language)} variant="white">
            <span>
              <span className={styles.beginName}>{name}</span>
              {speechIn(language, menu).say('start')}
            </span>
          </Button>
        ))}
      </div>
    </main>
  )
}
