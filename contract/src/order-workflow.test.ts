import { describe, expect, it } from 'vitest'
import { allowedFrom, nextState, ORDER_STATES, ORDER_STATUSES, stepsTo } from './order-workflow.ts'

describe('the workflow', () => {
  it.each([
    ['none', 'checkout', ['checkout']],
    ['none', 'placed', ['placed']],
    ['none', 'billed', ['placed', 'billed']],
    ['none', 'completed', ['placed', 'billed', 'completed']],
    ['none', 'voided', ['voided']],
    ['none', 'refunded', undefined],
    ['checkout', 'completed', ['placed', 'billed', 'completed']],
    ['checkout', 'refunded', undefined],
    ['placed', 'checkout', ['checkout']],
    ['placed', 'placed', ['placed']],
    ['placed', 'billed', ['billed']],
    ['placed', 'completed', ['billed', 'completed']],
    ['placed', 'refunded', undefined],
    ['billed', 'checkout', undefined],
    ['billed', 'placed', undefined],
    ['billed', 'billed', undefined],
    ['billed', 'completed', ['completed']],
    ['billed', 'voided', ['voided']],
    ['billed', 'refunded', ['refunded']],
    ['completed', 'voided', undefined],
    ['completed', 'refunded', ['refunded']],
    ['voided', 'placed', undefined],
    ['refunded', 'refunded', undefined],
  ] as const)('from %s to %s takes %j', (state, status, steps) => {
    expect(stepsTo(state, status)).toEqual(steps)
  })

  it('takes steps exactly where the table has a cell, and ends with the status itself', () => {
    for (const state of ORDER_STATES) {
      for (const status of ORDER_STATUSES) {
        const steps = stepsTo(state, status)
        expect(steps === undefined).toBe(nextState(state, status) === undefined)
        if (steps) expect(steps.at(-1)).toBe(status)
        expect(allowedFrom(state).includes(status)).toBe(steps !== undefined)
      }
    }
  })

  it('walks step by step to where a skip leads at once', () => {
    for (const state of ORDER_STATES) {
      for (const status of ORDER_STATUSES) {
        const steps = stepsTo(state, status)
        const walked = steps?.reduce<(typeof ORDER_STATES)[number] | undefined>((at, step) => at && nextState(at, step), state)
        expect(walked).toBe(nextState(state, status))
      }
    }
  })
})
