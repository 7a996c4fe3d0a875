import { describe, expect, it } from 'vitest'
import type { Expected } from './recompute.ts'
import { type Actual, compareBalances, formatReport, type ReplayReport } from './report.ts'

const totals = { earned: 0, reversed: 0, spent: 0, expired: 0, rewardsIssued: 1, rewardsRedeemed: 0 }
const EXPECTED: Expected[] = [
  { member: 0, balance: 120, held: { FREEMEX: 1 }, totals },
  { member: 1, balance: -28, held: { FREEMEX: 0 }, totals },
]
const actual = (first: Partial<Actual> = {}) =>
  new Map<number, Actual>([
    [0, { memberId: '6522', balance: 120, held: { FREEMEX: 1, '5OFF': 1 }, ...first }],
    [1, { memberId: '6523', balance: -28, held: {} }],
  ])

const REPORT: ReplayReport = {
  ok: true,
  seed: 1,
  seconds: 2,
  orders: 10,
  calls: 40,
  retries: 0,
  answers: { 200: 38, 201: 2 },
  latencyMs: { p50: 1, p95: 2, p99: 3 },
  repeated: false,
  notSent: 0,
  unexpectedCount: 0,
  unexpected: [],
  points: { earned: 1, reversed: 0, spent: 0, expired: 0, balance: 1 },
  rewards: { issued: 2, redeemed: 0 },
  membersCompared: 2,
  differences: [],
}

describe('the comparison of a replay', () => {
  it('finds nothing where everything is equal', () => {
    expect(compareBalances(EXPECTED, actual())).toEqual([])
  })

  it('finds a difference of one point, with both numbers', () => {
    const differences = compareBalances(EXPECTED, actual({ balance: 121 }))
    expect(differences).toEqual([{ member: '6522 (planned as 0)', what: 'points', expected: 120, actual: 121 }])
    const text = formatReport({ ...REPORT, ok: false, differences })
    expect(text).toContain('member 6522 (planned as 0), points: expected 120, the server says 121')
    expect(text).toMatch(/FAILED$/)
  })

  it('finds a reward too few, and a member who is not there', () => {
    expect(compareBalances(EXPECTED, actual({ held: {} }))).toEqual([
      { member: '6522 (planned as 0)', what: 'FREEMEX', expected: 1, actual: 0 },
    ])
    const none = compareBalances(EXPECTED.slice(0, 1), new Map())
    expect(none.map(({ what, actual }) => [what, actual])).toEqual([
      ['points', undefined],
      ['FREEMEX', undefined],
    ])
  })

  it('says that every balance is equal', () => {
    expect(formatReport(REPORT)).toMatch(/2 compared, every balance equal\nOK$/)
  })
})
