import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import type { Language, Menu } from '../../../../src/api.ts'
import { getMenu } from '../../api-client.ts'
import { indexMenu } from '../../cart.ts'
import { SpeechProvider, speechIn } from '../../ordering/speech.ts'
import { Attract } from './attract.tsx'
import styles from './kiosk.module.css'
import { Visit } from './visit.tsx'

const DEFAULT_TILL = 'kiosk-1'

/** The customer's own flow: from a screen that invites to a paid order, and back by itself when nobody is there. */
export function Kiosk() {
  const { till = DEFAULT_TILL } = useSearch({ from: '/kiosk' })
  const menu = useQuery({ queryKey: ['menu'], queryFn: getMenu, throwOnError: true })
  if (!menu.data) return <main className={styles.screen} aria-busy="true" />
  return <Opened till={till} menu={menu.data} />
}

function Opened({ till, menu }: { readonly till: string; readonly menu: Menu }) {
  const [language, setLanguage] = useState<Language>('en')
  const [visit, setVisit] = useState(0)
  const index = useMemo(() => indexMenu(menu), [menu])
  const speech = useMemo(() => speechIn(language, menu), [language, menu])
  const begin = (chosen: Language) => {
    speakTo(chosen)
    setVisit(Date.now())
  }
  const speakTo = (chosen: Language) => {
    document.documentElement.lang = chosen
    setLanguage(chosen)
  }
  const end = () => {
    speakTo('en')
    setVisit(0)
  }
  return (
    <SpeechProvider value={speech}>
      {visit === 0 ? (
        <Attract menu={menu} onBegin={begin} />
      ) : (
        <Visit key={visit} till={till} index={index} onSpeak={speakTo} onEnd={end} />
      )}
    </SpeechProvider>
  )
}
