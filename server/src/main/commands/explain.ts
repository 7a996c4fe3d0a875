import { explainOrder, type OrderExplained } from '../../orders/index.ts'
import { openDatabase } from '../../platform/index.ts'
import { createProgramShelf } from '../../programs/index.ts'
import { EXIT, needDatabaseUrl, readEnvironment, readSettings, UsageError } from '../settings.ts'
import { print, table } from './output.ts'

interface ExplainOptions {
  readonly account?: string
  readonly databaseUrl?: string
  readonly environment: string
  readonly json?: boolean
}

export async function explain(name: string, options: ExplainOptions): Promise<void> {
  const url = needDatabaseUrl(options.databaseUrl, readSettings())
  const db = openDatabase({ url, environment: readEnvironment(options.environment), poolSize: 1 })
  try {
    const found = await explainOrder(db, { name, accountId: options.account, shelf: createProgramShelf() })
    const [order] = found
    if (found.length > 1)
      throw new UsageError(
        `Accounts ${found.map(({ account }) => account).join(', ')} have an order ${name}. Say which: --account.`,
      )
    if (!order) {
      process.stderr.write(
        `There is no order ${name} in ${options.account === undefined ? 'any account' : `account ${options.account}`}.\n`,
      )
      process.exitCode = EXIT.failed
      return
    }
    print(order, { json: options.json, text: () => formatOrder(order) })
  } finally {
    await db.close()
  }
}

/** An order as a person reads it: what was bought, what each rule did, what did not apply, and what moved. */
export function formatOrder(order: OrderExplained): string {
  const { explanation } = order
  const parts = [head(order)]
  if (explanation) {
    parts.push(lines(order, explanation))
    if (explanation.rules.length > 0) parts.push(`What applied\n${rules(order, explanation)}`)
    if (explanation.could_apply.length > 0)
      parts.push(
        `What could have been used instead\n${columns(explanation.could_apply.map(({ label, rule, discount }) => [label, rule, `-${money(order, discount)}`]))}`,
      )
    if (explanation.not_applied.length > 0)
      parts.push(
        `What did not apply\n${columns(explanation.not_applied.map(({ label, rule, reason, message }) => [label, rule, reason, message]))}`,
      )
  }
  parts.push(order.movements.length === 0 ? 'Nothing was moved.' : `What was moved\n${movements(order)}`)
  return parts.join('\n\n')
}

function head({
  order,
  basket_uuid,
  account,
  member,
  state,
  store,
  zone,
  at,
  program_version,
  reward,
  earned,
  ...rest
}: OrderExplained): string {
  const facts = [
    `Order ${order ?? basket_uuid ?? ''} of ${member === 'guest' ? 'a guest' : `member ${member}`}, account ${account}: ${state}`,
    `At store ${store}, ${clock(at, zone)} (${zone}), under program version ${program_version}`,
  ]
  if (reward) facts.push(`Used ${reward.label} (${reward.took}): ${money(rest, reward.discount)} ${rest.currency} off`)
  if (earned !== undefined) facts.push(`Earned ${earned} ${rest.units}`)
  return facts.join('\n')
}

type Explained = NonNullable<OrderExplained['explanation']>

function lines(order: OrderExplained, { lines: rows }: Explained): string {
  const cells = rows.map((row) => [
    `${row.quantity} × ${row.label}${row.returned ? ` (${row.returned} returned)` : ''}`,
    money(order, row.price),
    money(order, row.shop_discount),
    money(order, row.reward_discount),
    money(order, row.paid),
    row.points === undefined ? '-' : String(row.points),
  ])
  const total = (of: (row: (typeof rows)[number]) => number) => rows.reduce((sum, row) => sum + of(row), 0)
  const earns = rows.some((row) => row.points !== undefined)
  const sums = [
    'Total',
    money(
      order,
      total((row) => row.price),
    ),
    money(
      order,
      total((row) => row.shop_discount),
    ),
    money(
      order,
      total((row) => row.reward_discount),
    ),
    money(
      order,
      total((row) => row.paid),
    ),
    earns ? String(total((row) => row.points ?? 0)) : '-',
  ]
  return aligned([['Line', 'Price', 'Shop off', 'Reward off', 'Paid', order.units], ...cells, sums])
}

function rules(order: OrderExplained, { rules: all, lines: rows }: Explained): string {
  return all
    .map(({ rule, text, on }) => {
      const parts = (on ?? []).map(({ line, off, points }) => {
        const what = off === undefined ? `${signed(points ?? 0)} ${order.units}` : `-${money(order, off)}`
        return `      ${what} on ${rows[line]?.label ?? ''}`
      })
      return [`  ${rule}: ${text}`, ...parts].join('\n')
    })
    .join('\n')
}

function movements({ movements: all, zone }: OrderExplained): string {
  return columns(all.map(({ at, cause, note, legs }) => [clock(at, zone), cause, legsText(legs), note ?? '']))
}

/** From where to where, asset by asset: "16 points: issued → available". */
function legsText(legs: OrderExplained['movements'][number]['legs']): string {
  const assets = [...new Set(legs.map(({ asset }) => asset))]
  return assets
    .map((asset) => {
      const own = legs.filter((leg) => leg.asset === asset)
      const names = (sign: 1 | -1) =>
        own
          .filter(({ quantity }) => quantity * sign > 0)
          .map(({ account }) => account)
          .join(', ')
      const quantity = own.reduce((sum, leg) => sum + Math.max(0, leg.quantity), 0)
      return `${quantity} ${asset}: ${names(-1)} → ${names(1)}`
    })
    .join('; ')
}

const columns = (rows: readonly (readonly string[])[]): string => table(rows).replace(/^/gm, '  ')

/** The first column is text, the others are numbers. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  '),
    )
    .join('\n')
}

const money = ({ digits }: { digits: number }, amount: number): string => amount.toFixed(digits)
const signed = (quantity: number): string => (quantity > 0 ? `+${quantity}` : String(quantity))
const clock = (at: number, zone: string): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' }).format(at)
