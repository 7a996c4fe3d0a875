import { Anchor, Button, VisuallyHidden } from '@mantine/core'
import { type ReactNode, useMemo, useState } from 'react'
import type { Language, Menu, ShopSession } from '../../../../src/api.ts'
import { call } from '../../api-client.ts'
import { type Speech, speechIn, useSpeech } from '../../ordering/speech.ts'
import styles from './shop.module.css'

const LANGUAGE_KEY = 'regulars-language'

/** The visitor's language: as chosen before, else as the browser asks for. */
export function useShopSpeech(menu: Menu): { readonly speech: Speech; speakTo(): void } {
  const [language, setLanguage] = useState(firstLanguage)
  document.documentElement.lang = language
  const speech = useMemo(() => speechIn(language, menu), [language, menu])
  const speakTo = () => {
    const other = language === 'en' ? 'es' : 'en'
    localStorage.setItem(LANGUAGE_KEY, other)
    setLanguage(other)
  }
  return { speech, speakTo }
}

function firstLanguage(): Language {
  const known = localStorage.getItem(LANGUAGE_KEY)
  if (known === 'en' || known === 'es') return known
  return navigator.language.startsWith('es') ? 'es' : 'en'
}

interface ShopFrameProps {
  readonly menu: Menu
  readonly session: ShopSession | null
  readonly news?: string
  readonly children: ReactNode
  onSpeak(): void
  onSession?(session: ShopSession): void
}

/** Around every page of the shop: whose it is, in which language, who is signed in. */
export function ShopFrame({ menu, session, news, children, onSpeak, onSession }: ShopFrameProps) {
  const { say, language, units } = useSpeech()
  const member = session?.member ?? null
  const signOut = () => call<ShopSession>('POST', '/api/shop/sign-out').then(onSession)
  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <Anchor href="/shop" className={styles.shopName} underline="never">
          {menu.shop}
        </Anchor>
        {member && (
          <span className={styles.who}>
            {say('hello', { name: member.name ?? member.phone })}{' '}
            {member.balance && <strong>{units(member.balance.quantity, member.balance.units)}</strong>}
          </span>
        )}
        {member && onSession && (
          <Button variant="subtle" onClick={signOut}>
            {say('sign_out')}
          </Button>
        )}
        <Button variant="default" lang={language === 'en' ? 'es' : 'en'} onClick={onSpeak}>
          {say('other_language')}
        </Button>
      </header>
      <main className={styles.main}>{children}</main>
      <footer className={styles.footer}>{say('pick_up_at', { store: menu.store.name, address: menu.store.address })}</footer>
      <VisuallyHidden role="status">{news}</VisuallyHidden>
    </div>
  )
}
