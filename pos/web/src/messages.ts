import type { Language } from '../../src/api.ts'

/** A text in both languages, with `{name}` where a value goes. A screen has a table of its own beside it; both languages are there or it does not compile. */
export type Messages<Key extends string> = Readonly<Record<Key, Readonly<Record<Language, string>>>>

/** Gives a function that says a text of the table in a language. */
export function speak<Key extends string>(messages: Messages<Key>, language: Language) {
  return (key: Key, values: Readonly<Record<string, string | number>> = {}): string =>
    messages[key][language].replaceAll(/\{(\w+)\}/g, (gap, name: string) => String(values[name] ?? gap))
}

/** Points, visits and stamps, counted. */
export function countUnits(quantity: number, units: 'points' | 'visits' | 'stamps', language: Language): string {
  const names = {
    points: { en: ['point', 'points'], es: ['punto', 'puntos'] },
    visits: { en: ['visit', 'visits'], es: ['visita', 'visitas'] },
    stamps: { en: ['stamp', 'stamps'], es: ['sello', 'sellos'] },
  } as const
  const [one, many] = names[units][language]
  return `${new Intl.NumberFormat(language).format(quantity)} ${quantity === 1 ? one : many}`
}
