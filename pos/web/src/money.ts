import type { Language } from '../../src/api.ts'

/** Minor units as the reader writes money: `$12.95`. */
export function formatMoney(minor: number, currency: string, language: Language = 'en'): string {
  const format = formatOf(currency, language)
  return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2))
}

/** Making one costs more than using it, and a menu shows fifty prices. */
const formats = new Map<string, Intl.NumberFormat>()

function formatOf(currency: string, language: Language): Intl.NumberFormat {
  const name = `${language} ${currency}`
  const known = formats.get(name) ?? new Intl.NumberFormat(language === 'es' ? 'es-US' : 'en-US', { style: 'currency', currency })
  formats.set(name, known)
  return known
}
