import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { formatMinor, type Program, type RuleCost, ruleCosts, type Sample } from '../engine/src/index.ts'
import { compileDocument } from '../server/src/programs/compile-document.ts'
import { readProgramFile } from '../server/src/programs/read-program-file.ts'
import { type PastOrder, readHistory } from '../server/src/replay/history.ts'

const EXAMPLES = ['taste-of-the-world/program.yaml', 'points.yaml', 'stamps.yaml', 'shop-with-points.yaml']
const FOLDER = new URL('../examples/', import.meta.url)
const pathOf = (name: string) => fileURLToPath(new URL(name, FOLDER))

/** What the rules of the example programs cost, on the average order of the sample history. */
export function costPage(): string {
  const orders = readHistory(pathOf('taste-of-the-world/menu.csv'), pathOf('taste-of-the-world/order_lines.csv'))
  const sample = sampleOf(orders)
  const { averageOrder } = sample
  return [
    '# What rules cost',
    '',
    'Made by `npm run generate` from the program files in `examples` by `ruleCosts` of `engine`, on the sample history: ' +
      `${orders.length.toLocaleString('en-US')} orders of ${formatMinor(averageOrder, 2)} on average; an item costs ${formatMinor(sample.itemPrice(undefined), 2)} on average.`,
    '',
    'Read a row as: *who does this has spent so much, gets this, and it is worth so much*. **Gives back** is that worth as a part of the spend. Everything is',
    'counted as used, and points as the reward that makes most of them, so the true cost is no more than this: points that expire and rewards that nobody',
    'uses cost nothing. A rule with a condition costs what its row says when the condition holds. Where a program names items that the sample menu does not have,',
    'the average item stands for them. `regulars simulate` prices a real history exactly, order by order.',
    '',
    ...EXAMPLES.flatMap((name) => section(name, programOf(name), sample)),
  ].join('\n')
}

function section(name: string, program: Program, sample: Sample): string[] {
  const rows = ruleCosts(program, sample).map((cost) => row(cost, program))
  return [
    `## ${program.name}`,
    '',
    `[\`examples/${name}\`](../../examples/${name}), amounts in ${program.currency}.`,
    '',
    '| rule | when | spent for it | what it gives | worth | gives back |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ]
}

function row({ rule, label, by, gives, worth, spend }: RuleCost, { digits }: Program): string {
  const back = spend ? `${((100 * worth) / spend).toFixed(1)} %` : 'a welcome or a present: no spend'
  const name = rule.includes(':') ? `${label} (\`${rule}\`)` : label
  return `| ${name} | ${by} | ${spend === undefined ? '' : formatMinor(spend, digits)} | ${gives} | ${formatMinor(worth, digits)} | ${back} |`
}

function programOf(name: string): Program {
  const read = readProgramFile(readFileSync(pathOf(name), 'utf8'), name)
  if (!read.ok) throw new Error(`${name}: ${read.problems.map(({ line, message }) => `${line}: ${message}`).join('; ')}`)
  return compileDocument(read.document)
}

function sampleOf(orders: readonly PastOrder[]): Sample {
  const dishes = orders.flatMap((order) => order.dishes)
  const total = (list: typeof dishes) => list.reduce((sum, dish) => sum + dish.cents, 0)
  const average = (list: typeof dishes) => Math.round(total(list) / list.length)
  return {
    averageOrder: Math.round(total(dishes) / orders.length),
    itemPrice(group) {
      const found = dishes.filter(
        ({ product, label, category }) => !group || group.matches({ product, label, categories: [category] }),
      )
      return average(found.length > 0 ? found : dishes)
    },
  }
}
