import fc from 'fast-check'
import { expect, it } from 'vitest'
import { stripeSizes } from './budget-store.ts'

const stripes = fc.array(fc.integer({ min: -50, max: 5_000 }), { minLength: 32, maxLength: 32 })

it('gives out exactly what is left of a budget, and takes nothing that was used', () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), stripes, fc.constantFrom(32, 1_000), (total, used, least) => {
      const sizes = stripeSizes(total, used, least)
      const rooms = sizes.map((size, stripe) => size - (used[stripe] ?? 0))
      const left = Math.max(0, total - used.reduce((sum, one) => sum + one, 0))
      expect(rooms.reduce((sum, room) => sum + room, 0)).toBe(left)
      const open = rooms.filter((room) => room > 0)
      expect(rooms.every((room) => room >= 0)).toBe(true)
      if (left >= least) expect(Math.min(...open)).toBeGreaterThanOrEqual(least)
      else expect(open.length).toBe(left > 0 ? 1 : 0)
      if (open.length > 0) expect(Math.max(...open) - Math.min(...open)).toBeLessThanOrEqual(1)
    }),
  )
})
