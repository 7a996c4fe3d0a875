import type { Call } from './linearize.ts'

/*
 * What a member of the chaos program has, told a second time and as simply as can be: points banking, one reward of 100 points. It shares nothing with the
 * server but the scenarios.
 */

export interface MemberState {
  readonly points: number
  /** Of these, the ones that placed orders hold. */
  readonly held: number
  readonly orders: Orders
  /** A digest of where each order is: a day's worth of them is too many to be written out for each step. */
  readonly mark: number
}

interface OrderState {
  readonly at: 'placed' | 'billed' | 'completed' | 'closed'
  /** Points that its reward costs: held while placed, spent from billed on. */
  readonly cost: number
  readonly earned: number
}

/** What has become of each order. A search makes a state with every attempt, so one shares all but the latest changes with the one before it. */
interface Orders {
  readonly old: ReadonlyMap<string, OrderState>
  readonly recent: readonly (readonly [id: string, order: OrderState])[]
}

const RECENT_MAX = 64

function orderOf({ old, recent }: Orders, id: string): OrderState | undefined {
  return recent.findLast(([one]) => one === id)?.[1] ?? old.get(id)
}

function withOrder({ old, recent }: Orders, id: string, order: OrderState): Orders {
  const changed = [...recent, [id, order] as const]
  return changed.length > RECENT_MAX ? { old: new Map([...old, ...changed]), recent: [] } : { old, recent: changed }
}

export const REWARD_POINTS = 100
export const NOBODY: MemberState = { points: 0, held: 0, orders: { old: new Map(), recent: [] }, mark: 0 }

/** The part of a state that decides what may follow. */
export const stateKey = ({ points, mark }: MemberState): string => `${points}:${mark}`

/** FNV-1a, of an order and where it is. Marks are put together by XOR, so that the way there does not matter. */
function markOf(id: string, { at }: OrderState): number {
  let hash = 0x811c9dc5
  for (const letter of `${id} ${at}`) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193)
  return hash >>> 0
}

type Status = 'placed' | 'billed' | 'completed' | 'voided' | 'refunded'

/** One call of a till, as the member's history has it. */
export type Happened =
  | {
      readonly kind: 'order'
      readonly order: string
      readonly status: Status
      readonly cost: number
      /** As `points_earned` said; for `completed`. */
      readonly earned: number
      readonly accepted: boolean
    }
  | { readonly kind: 'balance'; readonly points: number }
  | { readonly kind: 'rewards'; readonly affordable: number }

/** What the call has to have done to give the answer that it gave. */
export function effectOf(happened: Happened): Call<MemberState>['apply'] {
  switch (happened.kind) {
    case 'balance':
      return (state) => (state.points === happened.points ? state : undefined)
    case 'rewards':
      return (state) => (Math.max(0, Math.floor(freePoints(state) / REWARD_POINTS)) === happened.affordable ? state : undefined)
    case 'order':
      return (state) => (happened.accepted ? accept(state, happened) : refuse(state, happened))
  }
}

type OrderCall = Extract<Happened, { kind: 'order' }>

function accept(state: MemberState, { order, status, cost, earned }: OrderCall): MemberState | undefined {
  const known = orderOf(state.orders, order)
  const put = (points: number, next: OrderState): MemberState => ({
    points,
    held: state.held - heldBy(known) + heldBy(next),
    orders: withOrder(state.orders, order, next),
    mark: (state.mark ^ (known ? markOf(order, known) : 0) ^ markOf(order, next)) >>> 0,
  })
  switch (status) {
    case 'placed':
      // Overtaken by what comes after it: answered, and nothing else.
      if (known?.at === 'billed' || known?.at === 'completed') return state
      return known || !isFree(state, cost) ? undefined : put(state.points, { at: 'placed', cost, earned: 0 })
    case 'billed':
      if (known?.at === 'completed') return state
      if (known ? known.at !== 'placed' : !isFree(state, cost)) return undefined
      return put(state.points - cost, { at: 'billed', cost, earned: 0 })
    case 'completed': {
      if (known ? known.at === 'completed' || known.at === 'closed' : !isFree(state, cost)) return undefined
      const spent = known?.at === 'billed' ? 0 : cost
      return put(state.points - spent + earned, { at: 'completed', cost, earned })
    }
    case 'voided':
      if (known && known.at !== 'placed' && known.at !== 'billed') return undefined
      return put(state.points + (known?.at === 'billed' ? known.cost : 0), { at: 'closed', cost: 0, earned: 0 })
    case 'refunded':
      if (known?.at !== 'billed' && known?.at !== 'completed') return undefined
      return put(state.points + known.cost - known.earned, { at: 'closed', cost: 0, earned: 0 })
  }
}

/** The only refusals there may be: the points of the reward are not free, and the order holds none; or the order is over. */
function refuse(state: MemberState, { order, cost }: OrderCall): MemberState | undefined {
  const known = orderOf(state.orders, order)
  if (known) return known.at === 'closed' ? state : undefined
  return isFree(state, cost) ? undefined : state
}

/**
 * Whether a call may take place as soon as it can, whatever else there is: a step that takes no points and gives none is in nobody's way, since what
 * comes after it may come from any step before.
 */
export function isInNobodysWay(happened: Happened): boolean {
  return (
    happened.kind === 'order' &&
    happened.accepted &&
    happened.cost === 0 &&
    (happened.status === 'placed' || happened.status === 'billed')
  )
}

/** Who owes points (what was refunded had been spent) can still buy. */
const isFree = (state: MemberState, cost: number): boolean => cost === 0 || freePoints(state) >= cost
const freePoints = ({ points, held }: MemberState): number => points - held
const heldBy = (order: OrderState | undefined): number => (order?.at === 'placed' ? order.cost : 0)
