import { formatMoney } from '@regulars/contract'
import type { Compared, SimulationReport } from './compare-programs.ts'

const MONEY = new Set(['sales', 'reward_cost', 'discount'])

/** The report as tables for people. */
export function formatSimulation(report: SimulationReport): string {
  const { totals, rules, members, largest_changes, currency, digits, seconds, orders_affected } = report
  const three = (name: string, compared: Compared) => cells(name, compared, digits)
  const parts = [
    aligned([
      ['', 'current', 'new', 'difference'],
      ...Object.entries(totals).map(([name, compared]) => [
        MONEY.has(name) ? `${spoken(name)} (${currency})` : spoken(name),
        ...three(name, compared),
      ]),
      ['reward cost, % of sales', ...share(totals)],
    ]),
    `${orders_affected} orders and ${members.affected} of ${members.seen} members are affected; ${members.saving_more} save more, ${members.saving_less} save less.`,
    `By rule, current → new\n${aligned([
      ['rule', 'times', `discount (${currency})`, 'points', 'rewards given'],
      ...rules.map(({ rule, label, ...counts }) => [
        label === rule ? rule : `${rule} (${label})`,
        ...(['times', 'discount', 'points', 'granted'] as const).map((name) => arrow(three(name, counts[name]))),
      ]),
    ])}`,
  ]
  if (largest_changes.length > 0) {
    parts.push(
      `Largest changes, current → new\n${aligned([
        ['member', 'orders', `saved (${currency})`, 'points issued', 'points left'],
        ...largest_changes.map(({ member, orders, reward_cost, points_issued, points_outstanding }) => [
          `#${member + 1}`,
          String(orders.new),
          arrow(three('reward_cost', reward_cost)),
          arrow(three('points_issued', points_issued)),
          arrow(three('points_outstanding', points_outstanding)),
        ]),
      ])}`,
    )
  }
  return `${parts.join('\n\n')}\n\nBoth programs were played in ${seconds.toFixed(1)} s.`
}

/** One row for each number: section, name, measure, current, new, difference. Money is decimal. */
export function simulationCsv({ totals, rules, largest_changes, orders_affected, members, digits }: SimulationReport): string {
  const rows: string[][] = [['section', 'name', 'measure', 'current', 'new', 'difference']]
  const add = (section: string, name: string, measures: Readonly<Record<string, Compared>>) => {
    for (const [measure, compared] of Object.entries(measures))
      rows.push([section, name, measure, ...cells(measure, compared, digits)])
  }
  add('totals', 'all', totals)
  for (const { rule, label: _label, ...counts } of rules) add('rule', rule, counts)
  for (const { member, ...counts } of largest_changes) add('member', String(member + 1), counts)
  rows.push(['affected', 'orders', 'count', '', '', String(orders_affected)])
  for (const [name, count] of Object.entries(members)) rows.push(['affected', 'members', name, '', '', String(count)])
  return rows.map((row) => row.map(csvCell).join(',')).join('\n')
}

function cells(name: string, { current, new: next, difference }: Compared, digits: number): [string, string, string] {
  const text = (value: number) => (MONEY.has(name) ? signedMoney(value, digits) : String(value))
  return [text(current), text(next), difference > 0 ? `+${text(difference)}` : text(difference)]
}

function share({ reward_cost, sales }: SimulationReport['totals']): string[] {
  const percent = (part: number, whole: number) => (whole === 0 ? 0 : (100 * part) / whole)
  const [current, next] = [percent(reward_cost.current, sales.current), percent(reward_cost.new, sales.new)]
  const difference = next - current
  return [current.toFixed(2), next.toFixed(2), `${difference > 0 ? '+' : ''}${difference.toFixed(2)}`]
}

const arrow = ([current, next]: readonly [string, string, string]): string =>
  current === next ? current : `${current} → ${next}`
const spoken = (name: string): string => name.replaceAll('_', ' ')
const signedMoney = (minor: number, digits: number): string => `${minor < 0 ? '-' : ''}${formatMoney(Math.abs(minor), digits)}`
const csvCell = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/** The first column is text, the others are numbers. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const cell = (text: string, column: number) => (column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0))
  return rows.map((row) => row.map(cell).join('  ')).join('\n')
}
