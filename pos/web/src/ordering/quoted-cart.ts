import { useCallback, useEffect, useRef, useState } from 'react'
import type { CartAsk, CartLine, Quote } from '../../../src/api.ts'
import { ApiError, call } from '../api-client.ts'

/** What belongs to a cart beside its lines. */
export type Choices = Omit<CartAsk, 'order' | 'seq' | 'lines'>

interface Priced {
  readonly seq: number
  readonly quote: Quote | null
  readonly problem: ApiError | null
}

export interface QuotedCart {
  readonly order: string
  readonly lines: readonly CartLine[]
  readonly seq: number
  /** The price of the cart as it is now; `null` until it is there. */
  readonly quote: Quote | null
  /** The last known price, to show while the next one is on its way. */
  readonly lastQuote: Quote | null
  readonly problem: ApiError | null
  change(lines: readonly CartLine[]): void
  /** Goes on with the same cart under another order id, or with an empty one. */
  restart(order?: string): void
  /** Asks again for the price of the same cart. */
  again(): void
}

interface Cart {
  readonly order: string
  readonly lines: readonly CartLine[]
  readonly tries: number
}

const emptyCart = (): Cart => ({ order: crypto.randomUUID(), lines: [], tries: 0 })

/** A cart that the partner server prices at each change; answers to older carts are dropped. */
export function useQuotedCart(path: string, choices: Choices): QuotedCart {
  const [cart, setCart] = useState(emptyCart)
  const seq = useRef(0)
  const [priced, setPriced] = useState<Priced>({ seq: 0, quote: null, problem: null })
  const asked = JSON.stringify({ order: cart.order, lines: cart.lines, tries: cart.tries, ...choices })
  const current = useRef('')
  if (current.current !== asked) {
    current.current = asked
    seq.current += 1
  }
  const mine = seq.current

  useEffect(() => {
    const { tries: _, ...cartAsked } = JSON.parse(asked) as Omit<CartAsk, 'seq'> & { tries: number }
    const ask: CartAsk = { ...cartAsked, seq: mine }
    if (ask.lines.length === 0) return
    const stop = new AbortController()
    call<Quote>('PUT', path, ask, stop.signal)
      .then((quote) => setPriced({ seq: mine, quote, problem: null }))
      .catch((fault: unknown) => {
        if (stop.signal.aborted) return
        setPriced((was) => ({ ...was, problem: fault instanceof ApiError ? fault : new ApiError('internal', String(fault)) }))
      })
    return () => stop.abort()
  }, [path, asked, mine])

  const isEmpty = cart.lines.length === 0
  return {
    ...cart,
    seq: mine,
    quote: !isEmpty && priced.seq === mine ? priced.quote : null,
    lastQuote: isEmpty ? null : priced.quote,
    problem: isEmpty ? null : priced.problem,
    change: useCallback((lines) => setCart((was) => ({ ...was, lines })), []),
    restart: useCallback((order) => setCart((was) => (order === undefined ? emptyCart() : { ...was, order })), []),
    again: useCallback(() => setCart((was) => ({ ...was, tries: was.tries + 1 })), []),
  }
}
