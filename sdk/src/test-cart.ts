import type { PosEntry } from './index.ts'

/** Of the program that the tests' server runs. */
export const STORE = '999999'

/** 12.95, with a modifier. */
export const BURGER: PosEntry = {
  quantity: 1,
  posItem: { label: 'Hamburger', product: '101', cost: 11.95, modifiers: [{ label: 'Cheese', cost: 0.5, quantity: 2 }] },
}
