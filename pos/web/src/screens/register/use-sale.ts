import { useCallback, useEffect, useRef, useState } from 'react'
import type {
  CartLine,
  MemberView,
  PayAsk,
  PayOutcome,
  PricedLine,
  Quote,
  RewardOutcome,
  TillView,
  Totals,
} from '../../../../src/api.ts'
import { ApiError, call } from '../../api-client.ts'
import { addLine, type MenuIndex, setQuantity, subtotalOf } from '../../cart.ts'

interface Cart {
  readonly order: string
  readonly seq: number
  readonly lines: readonly CartLine[]
  readonly member: MemberView | null
  readonly reward: string | null
}

export interface Sale extends Cart {
  /** What is known now: the subtotal at once, discount and tax as the loyalty server has answered for this very cart. */
  readonly totals: Totals
  readonly rewardOutcome: RewardOutcome | null
  readonly pointsToEarn: number | null
  /** The answer for the cart as it is has not arrived yet. */
  readonly isPricing: boolean
  readonly problem: string | null
  add(item: string, modifiers: CartLine['modifiers'], quantity?: number): void
  setQuantity(key: string, quantity: number): void
  attach(member: MemberView | null): void
  choose(reward: string | null): void
  clear(): void
  pay(ask: PayAsk): Promise<PayOutcome>
}

const newCart = (): Cart => ({ order: crypto.randomUUID(), seq: 0, lines: [], member: null, reward: null })

/** The sale at this till. Every change shows at once and asks for a new quote; an answer for an older cart is dropped. */
export function useSale(till: string, index: MenuIndex, live: TillView | null): Sale {
  const [cart, setCart] = useState<Cart>(newCart)
  const [quote, setQuote] = useState<Quote | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const path = `/api/tills/${encodeURIComponent(till)}`

  const change = useCallback(
    (next: (was: Cart) => Partial<Cart>) => setCart((was) => ({ ...was, ...next(was), seq: was.seq + 1 })),
    [],
  )
  useQuotes(path, cart, setQuote, setProblem)
  useReload(live, cart, setCart)

  const isCurrent = quote !== null && quote.order === cart.order && quote.seq === cart.seq
  const totals = isCurrent ? quote : guessTotals(index, cart, quote)
  return {
    ...cart,
    totals,
    rewardOutcome: cart.reward !== null && quote?.reward?.id === cart.reward ? quote.reward : null,
    pointsToEarn: isCurrent ? quote.pointsToEarn : null,
    isPricing: cart.seq > 0 && !isCurrent && problem === null,
    problem,
    add: useCallback(
      (item, modifiers, quantity) => change(({ lines }) => ({ lines: addLine(lines, item, modifiers, quantity) })),
      [change],
    ),
    setQuantity: useCallback((key, quantity) => change(({ lines }) => ({ lines: setQuantity(lines, key, quantity) })), [change]),
    attach: useCallback((member) => change(() => ({ member, reward: null })), [change]),
    choose: useCallback((reward) => change(() => ({ reward })), [change]),
    clear: useCallback(() => {
      setCart(newCart())
      setQuote(null)
      setProblem(null)
      call('POST', `${path}/clear`).catch(() => undefined)
    }, [path]),
    async pay(ask) {
      const outcome = await call<PayOutcome>('POST', `/api/orders/${cart.order}/pay?till=${encodeURIComponent(till)}`, ask)
      // The failed order's id is used up; the cart goes on under the next one, and is priced anew.
      if (outcome.kind === 'not_paid') change(() => ({ order: outcome.next }))
      return outcome
    },
  }
}

function useQuotes(
  path: string,
  cart: Cart,
  setQuote: (quote: Quote) => void,
  setProblem: (problem: string | null) => void,
): void {
  useEffect(() => {
    if (cart.seq === 0) return
    const stop = new AbortController()
    const { order, seq, lines, member, reward } = cart
    call<Quote>('PUT', `${path}/cart`, { order, seq, lines, member: member?.id ?? null, reward }, stop.signal)
      .then((quote) => {
        setQuote(quote)
        setProblem(null)
      })
      .catch((fault: unknown) => {
        if (!stop.signal.aborted) setProblem(fault instanceof ApiError ? fault.message : String(fault))
      })
    return () => stop.abort()
  }, [path, cart, setQuote, setProblem])
}

/** A register that was reloaded goes on with the cart that the server shows; a server that was restarted is told the cart again. */
function useReload(live: TillView | null, cart: Cart, setCart: (next: (was: Cart) => Cart) => void): void {
  const isFirst = useRef(true)
  const mine = useRef(cart)
  mine.current = cart
  // Only news of the server count: a cart that has just changed is on its way already.
  useEffect(() => {
    if (!live) return
    const { seq, lines } = mine.current
    if (isFirst.current) {
      isFirst.current = false
      if (seq === 0 && live.order !== null && live.phase === 'selling') setCart(() => adopt(live))
      return
    }
    const isForgotten = live.order === null && live.seq === 0
    if (isForgotten && lines.length > 0) setCart((was) => ({ ...was, seq: was.seq + 1 }))
  }, [live, setCart])
}

const adopt = ({ order, seq, lines, member, reward }: TillView): Cart => ({
  order: order ?? crypto.randomUUID(),
  seq: seq + 1,
  lines: lines.map(toCartLine),
  member,
  reward: reward?.id ?? null,
})

const toCartLine = ({ key, item, quantity, modifiers }: PricedLine): CartLine => ({
  ...{ key, item, quantity },
  modifiers: modifiers.map(({ option, quantity: count }) => ({ option, quantity: count })),
})

/** Until the answer is there: the new subtotal, with the discount of a moment ago. */
function guessTotals(index: MenuIndex, { lines, reward }: Cart, quote: Quote | null): Totals {
  const subtotal = subtotalOf(index, lines)
  const discount = reward !== null && quote?.reward?.id === reward ? Math.min(quote.discount, subtotal) : 0
  const tax = Math.floor(((subtotal - discount) * index.menu.taxRate + 50_000) / 100_000)
  return { subtotal, discount, tax, total: subtotal - discount + tax }
}
