import type { DeviceView, StatusView, StreamEvent, TillView } from '../api.ts'

/** What stands on each till now, and who looks at it. */
export interface Tills {
  view(till: string): TillView
  update(till: string, change: Partial<TillView>): TillView
  /** The till as it is when nobody is served. */
  clear(till: string): TillView
  publishDevice(device: DeviceView): void
  publishStatus(status: StatusView): void
  subscribe(till: string, listener: (event: StreamEvent) => void): () => void
}

export function createTills(): Tills {
  const views = new Map<string, TillView>()
  const listeners = new Map<string, Set<(event: StreamEvent) => void>>()
  const tell = (till: string, event: StreamEvent) => {
    for (const listener of listeners.get(till) ?? []) listener(event)
  }
  const view = (till: string) => views.get(till) ?? idle(till)
  const put = (till: TillView) => {
    views.set(till.till, till)
    tell(till.till, { type: 'till', till })
    return till
  }
  return {
    view,
    update: (till, change) => put({ ...view(till), ...change }),
    clear: (till) => put(idle(till)),
    publishDevice: (device) => tell(device.till, { type: 'device', device }),
    publishStatus(status) {
      for (const till of listeners.keys()) tell(till, { type: 'status', status })
    },
    subscribe(till, listener) {
      const mine = listeners.get(till) ?? new Set()
      listeners.set(till, mine.add(listener))
      return () => {
        mine.delete(listener)
        if (mine.size === 0) listeners.delete(till)
      }
    },
  }
}

const idle = (till: string): TillView => ({
  till,
  phase: 'idle',
  order: null,
  seq: 0,
  lines: [],
  totals: { subtotal: 0, discount: 0, tax: 0, total: 0 },
  member: null,
  reward: null,
  prompt: null,
  pointsToEarn: null,
  receipt: null,
})
