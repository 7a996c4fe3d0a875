/** What `--convert` says: so many of one unit become so many of another, or of the same one under another type of program. */
export interface Conversion {
  readonly from: string
  readonly to: string
  readonly take: number
  readonly give: number
}

const UNITS = ['points', 'visits', 'stamps']
const FORM = /^([^:=>]+)(?::([^:=>]+))?=([^:=]+):([^:=]+)$/
/** Far above any sensible rate. */
const MOST = 100_000

/** `points:visits=10:1` as a conversion, or what is wrong with it and what would be right. */
export function readConversion(text: string): Conversion | string {
  const [, from = '', to = from, take = '', give = ''] = FORM.exec(text) ?? []
  if (from === '')
    return `--convert ${text} cannot be read. Write --convert points:visits=10:1 where 10 points become 1 visit, or --convert points=1:1 where the unit stays.`
  const unknown = [from, to].find((unit) => !UNITS.includes(unit))
  if (unknown !== undefined) return `--convert ${text}: there is no unit ${unknown}. Units are ${UNITS.join(', ')}.`
  const wrong = [take, give].find((number) => !/^[1-9][0-9]{0,5}$/.test(number) || Number(number) > MOST)
  if (wrong !== undefined)
    return `--convert ${text}: ${wrong} is no side of a rate. Both sides are whole numbers from 1 to ${MOST}: 10:1 makes 1 of 10, 1:50 makes 50 of 1.`
  return { from, to, take: Number(take), give: Number(give) }
}

export const conversionText = ({ from, to, take, give }: Conversion): string =>
  `${from === to ? from : `${from}:${to}`}=${take}:${give}`
