import type { DeviceAsk, DeviceScreen, DeviceView } from '../api.ts'
import type { Book } from './book.ts'

/** A charge as the device itself remembers it, also over a power cut: by the order it is for. */
export interface Charge {
  readonly id: string
  readonly till: string
  readonly amount: number
  readonly state: 'waiting' | 'approved' | 'declined' | 'cancelled' | 'reversed'
}

export type DeviceWhy = 'declined' | 'device_timeout' | 'device_lost' | 'device_busy' | 'cancelled'

/** No money was taken, or it is on its way back. */
export class DeviceFault extends Error {
  readonly why: DeviceWhy

  constructor(why: DeviceWhy, message: string) {
    super(message)
    this.why = why
  }
}

const SAYS: Readonly<Record<DeviceWhy, string>> = {
  declined: 'The card was declined. Nothing was charged.',
  device_timeout: 'Nobody used the payment device in time. Nothing was charged.',
  device_lost:
    'The payment device lost its connection. Should the card have been charged, the charge is taken back as soon as the device is there again.',
  device_busy: 'The payment device is busy with another payment. Nothing was charged.',
  cancelled: 'The payment was cancelled. Nothing was charged.',
}

/** Payment devices, one at each till. A real one is driven the same way: ask for an amount, wait, ask what became of a charge, take one back. */
export interface Devices {
  /** Resolves when the card was charged. @throws DeviceFault */
  charge(till: string, order: string, amount: number): Promise<{ readonly issuer: string; readonly suffix: string }>
  /** What became of the charge for an order: the one question after a crash. */
  stateOf(order: string): Charge['state'] | undefined
  /** Gives the money back, when there was any. */
  reverse(order: string): Promise<void>
  cancel(till: string): Promise<void>
  press(till: string, press: DeviceAsk['press']): Promise<DeviceView>
  view(till: string): DeviceView
}

interface Device {
  isConnected: boolean
  screen: DeviceScreen
  order: string | null
  amount: number
  until: number | null
  timer: NodeJS.Timeout | undefined
  /** Who waits for the charge; gone when the till has given up. */
  waiter: { resolve(card: { issuer: string; suffix: string }): void; reject(fault: DeviceFault): void } | undefined
}

export function simulateDevices(
  charges: Book<Charge>,
  { timeoutMs, now, onChange }: { timeoutMs: number; now: () => number; onChange: (view: DeviceView) => void },
): Devices {
  const devices = new Map<string, Device>()
  const deviceOf = (till: string): Device => {
    const known = devices.get(till) ?? {
      ...{ isConnected: true, screen: 'idle' as const, order: null, amount: 0 },
      ...{ until: null, timer: undefined, waiter: undefined },
    }
    devices.set(till, known)
    return known
  }
  const view = (till: string): DeviceView => {
    const { isConnected, screen, order, amount, until } = deviceOf(till)
    return { till, isConnected, screen, order, amount, until }
  }
  const show = (till: string, screen: DeviceScreen): DeviceView => {
    const device = deviceOf(till)
    if (screen !== 'waiting') clearTimeout(device.timer)
    Object.assign(device, { screen, until: screen === 'waiting' ? device.until : null })
    onChange(view(till))
    return view(till)
  }
  const record = async (order: string, state: Charge['state']) => {
    const charge = charges.get(order)
    if (charge) await charges.put({ ...charge, state })
  }
  /** The till hears why, unless it has given up already. */
  const fail = async (till: string, why: DeviceWhy, screen: DeviceScreen): Promise<DeviceView> => {
    const device = deviceOf(till)
    const { waiter, order } = device
    device.waiter = undefined
    // At once: no button and no timer may decide the same charge twice while the disk is written.
    device.screen = screen
    if (order !== null) await record(order, why === 'declined' ? 'declined' : 'cancelled')
    waiter?.reject(new DeviceFault(why, SAYS[why]))
    return show(till, screen)
  }

  const approve = async (till: string): Promise<DeviceView> => {
    const device = deviceOf(till)
    if (device.screen !== 'waiting' || device.order === null) return view(till)
    const { waiter } = device
    device.waiter = undefined
    device.screen = 'approved'
    clearTimeout(device.timer)
    // On the device first: what the till hears of is never unknown to the device.
    await record(device.order, 'approved')
    waiter?.resolve({ issuer: 'Visa', suffix: '4242' })
    return show(till, 'approved')
  }

  const disconnect = (till: string): DeviceView => {
    const device = deviceOf(till)
    const { waiter } = device
    device.isConnected = false
    device.waiter = undefined
    waiter?.reject(new DeviceFault('device_lost', SAYS.device_lost))
    onChange(view(till))
    return view(till)
  }

  /** Back again: what was approved while nobody could hear it is taken back, since the till has given up on it. */
  const connect = async (till: string): Promise<DeviceView> => {
    const device = deviceOf(till)
    if (device.isConnected) return view(till)
    device.isConnected = true
    if (device.screen === 'waiting') return fail(till, 'cancelled', 'cancelled')
    if (device.screen !== 'approved' || device.order === null) return show(till, 'idle')
    await record(device.order, 'reversed')
    return show(till, 'reversed')
  }

  return {
    view,
    stateOf: (order) => charges.get(order)?.state,
    async charge(till, order, amount) {
      const device = deviceOf(till)
      if (!device.isConnected) throw new DeviceFault('device_lost', 'The payment device is not connected. Nothing was charged.')
      if (device.screen === 'waiting' || device.waiter) throw new DeviceFault('device_busy', SAYS.device_busy)
      // Who waits is known before there is a button to press: an answer that nobody hears would be money taken for nothing.
      const charged = new Promise<{ issuer: string; suffix: string }>((resolve, reject) => {
        device.waiter = { resolve, reject }
      })
      charged.catch(() => undefined)
      Object.assign(device, { order, amount })
      await charges.put({ id: order, till, amount, state: 'waiting' }).catch((fault: unknown) => {
        device.waiter = undefined
        throw fault
      })
      if (!device.waiter) return charged
      device.until = now() + timeoutMs
      device.timer = setTimeout(() => void fail(till, 'device_timeout', 'timed_out'), timeoutMs)
      show(till, 'waiting')
      return charged
    },
    async reverse(order) {
      const charge = charges.get(order)
      if (charge?.state !== 'approved') return
      await record(order, 'reversed')
      if (deviceOf(charge.till).order === order) show(charge.till, 'reversed')
    },
    async cancel(till) {
      if (deviceOf(till).screen === 'waiting') await fail(till, 'cancelled', 'cancelled')
    },
    press(till, press) {
      const isWaiting = deviceOf(till).screen === 'waiting'
      switch (press) {
        case 'approve':
          return approve(till)
        case 'decline':
          return isWaiting ? fail(till, 'declined', 'declined') : Promise.resolve(view(till))
        case 'time_out':
          return isWaiting ? fail(till, 'device_timeout', 'timed_out') : Promise.resolve(view(till))
        case 'disconnect':
          return Promise.resolve(disconnect(till))
        case 'connect':
          return connect(till)
      }
    },
  }
}
