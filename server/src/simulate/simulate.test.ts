import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { CampaignDocument, Program, ProgramDocument } from '@regulars/engine'
import { beforeAll, describe, expect, it } from 'vitest'
import { compileDocument, readProgramFile } from '../programs/index.ts'
import { type PastOrder, readHistory } from '../replay/index.ts'
import { comparePrograms, formatSimulation, type SimulationReport, simulationCsv } from './index.ts'

const EXAMPLES = new URL('../../../examples/', import.meta.url)
const TASTE = new URL('taste-of-the-world/', EXAMPLES)
const SEED = 7
let orders: PastOrder[]
let demo: ProgramDocument

beforeAll(async () => {
  orders = readHistory(fileURLToPath(new URL('menu.csv', TASTE)), fileURLToPath(new URL('order_lines.csv', TASTE))).slice(0, 700)
  demo = await documentOf('taste-of-the-world/program.yaml')
})

/** An example; where it names coffee, which this menu does not have, it means Asian dishes. */
async function documentOf(name: string): Promise<ProgramDocument> {
  const text = await readFile(new URL(name, EXAMPLES), 'utf8')
  const read = readProgramFile(text.replaceAll('[Coffee]', '[Asian]'), name)
  if (!read.ok) throw new Error(`${name} is a good program file`)
  return read.document
}

const compare = (next: Program): SimulationReport => comparePrograms({ current: compileDocument(demo), next, orders, seed: SEED })

/** Twice the points at lunch, and a present that only a birthday brings. */
const generous = (): ProgramDocument => ({
  ...demo,
  campaigns: {
    ...demo.campaigns,
    lunch: { label: 'Lunch', trigger: 'order', when: { between: ['11:00', '14:00'] }, do: [{ multiply: 2 }] },
    birthday: { trigger: 'birthday', do: [{ grant: 'free-mexican' }] },
  },
})

describe('what-if', () => {
  it('finds no difference between a program and itself', () => {
    const { totals, orders_affected, members, largest_changes } = compare(compileDocument(demo))
    expect(Object.values(totals).filter(({ difference }) => difference !== 0)).toEqual([])
    expect([orders_affected, members.affected, largest_changes]).toEqual([0, 0, []])
    expect(totals.orders.new).toBe(700)
  })

  it('says what a more generous program costs, by rule and member, and the same each time', () => {
    const report = compare(compileDocument(generous()))
    const { totals, rules, members, largest_changes } = report
    const lunch = rules.find(({ rule }) => rule === 'campaign:lunch')
    expect(lunch?.points.current).toBe(0)
    // More rewards are used, and what they take off earns nothing.
    const base = rules.find(({ rule }) => rule === 'earn')
    expect(base?.points.difference).toBeLessThan(0)
    expect((lunch?.points.new ?? 0) + (base?.points.difference ?? 0)).toBe(totals.points_issued.difference)
    expect(rules.find(({ rule }) => rule === 'campaign:birthday')?.granted.new).toBe(totals.rewards_granted.difference)
    expect(totals.reward_cost.difference).toBeGreaterThan(0)
    expect(members.affected).toBeGreaterThan(50)
    expect(Math.abs(largest_changes[0]?.reward_cost.difference ?? 0)).toBeGreaterThanOrEqual(
      Math.abs(largest_changes[1]?.reward_cost.difference ?? 0),
    )
    expect({ ...compare(compileDocument(generous())), seconds: 0 }).toEqual({ ...report, seconds: 0 })
  })

  it('holds a budget, and gives to those who come first', () => {
    const lunch: CampaignDocument = { trigger: 'order', do: [{ points: 10 }], budget: { points: 995 } }
    const greeting: CampaignDocument = { trigger: 'registration', do: [{ grant: 'free-mexican' }], budget: { times: 7 } }
    const report = compare(compileDocument({ ...demo, campaigns: { lunch, greeting } }))
    const of = (name: string) => report.rules.find(({ rule }) => rule === `campaign:${name}`)
    expect([of('lunch')?.points.new, of('greeting')?.granted.new]).toEqual([995, 7])
  })

  it.each(['points.yaml', 'stamps.yaml', 'shop-with-points.yaml'])(
    'plays every type of program, and loses no point: %s',
    async (name) => {
      const { totals, rules } = compare(compileDocument(await documentOf(name)))
      const { points_issued, points_spent, points_expired, points_converted, points_outstanding } = totals
      for (const side of ['current', 'new'] as const) {
        expect(points_issued[side]).toBe(
          points_spent[side] + points_expired[side] + points_converted[side] + points_outstanding[side],
        )
        const sum = (what: 'discount' | 'points') => rules.reduce((total, rule) => total + rule[what][side], 0)
        expect(sum('discount')).toBe(totals.reward_cost[side])
        expect(sum('points')).toBe(points_issued[side])
      }
      expect(points_issued.new).toBeGreaterThan(0)
    },
  )

  it('prints a table for people and rows for a spreadsheet', () => {
    const report = compare(compileDocument(generous()))
    const table = formatSimulation(report)
    expect(table).toContain('reward cost (USD)')
    expect(table).toMatch(/campaign:lunch \(Lunch\) +0 → \d+/)
    const rows = simulationCsv(report).split('\n')
    expect(rows[0]).toBe('section,name,measure,current,new,difference')
    expect(rows).toContain('totals,all,orders,700,700,0')
    expect(rows.every((row) => row.split(',').length === 6)).toBe(true)
  })
})
