import { createContext, useContext } from 'react'
import type { Language, Menu, MenuItem, ModifierGroup, ModifierOption } from '../../../src/api.ts'
import { countUnits, type Messages, speak } from '../messages.ts'
import { formatMoney } from '../money.ts'
import { texts } from './texts.ts'

type Say<Key extends string> = (key: Key, values?: Readonly<Record<string, string | number>>) => string

/** How a screen talks to its customer: language, money and the names of things. */
export interface Speech {
  readonly language: Language
  readonly say: Say<keyof typeof texts>
  money(minor: number): string
  dish(item: MenuItem): string
  label(thing: ModifierGroup | ModifierOption): string
  units(quantity: number, units: 'points' | 'visits' | 'stamps'): string
  /** A clock time at the shop, wherever its customer is. */
  time(instant: number): string
}

export function speechIn(language: Language, menu: Menu): Speech {
  const clock = new Intl.DateTimeFormat(language === 'es' ? 'es-US' : 'en-US', {
    hour: 'numeric',
    minute: '2-digit',
    timeZone: menu.store.timezone,
  })
  return {
    language,
    say: speak(texts as Messages<keyof typeof texts>, language),
    money: (minor) => formatMoney(minor, menu.currency, language),
    dish: ({ name, names }) => (language === 'en' ? name : (names[language] ?? name)),
    label: ({ label, labels }) => (language === 'en' ? label : (labels[language] ?? label)),
    units: (quantity, units) => countUnits(quantity, units, language),
    time: (instant) => clock.format(instant),
  }
}

const SpeechContext = createContext<Speech | null>(null)
export const SpeechProvider = SpeechContext.Provider

export function useSpeech(): Speech {
  const speech = useContext(SpeechContext)
  if (!speech) throw new Error('a text is said outside of SpeechProvider')
  return speech
}
