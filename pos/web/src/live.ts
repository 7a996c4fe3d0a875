import { useEffect, useState } from 'react'
import type { DeviceView, StatusView, StreamEvent, TillView } from '../../src/api.ts'

export interface Live {
  readonly till: TillView | null
  readonly device: DeviceView | null
  readonly status: StatusView | null
  /** False while the stream is cut; the browser opens it again by itself, and the first events bring everything. */
  readonly isConnected: boolean
}

/** What happens at a till, as it happens. */
export function useLive(till: string): Live {
  const [live, setLive] = useState<Live>({ till: null, device: null, status: null, isConnected: false })
  useEffect(() => {
    const source = new EventSource(`/api/tills/${encodeURIComponent(till)}/events`)
    source.onopen = () => setLive((was) => ({ ...was, isConnected: true }))
    source.onerror = () => setLive((was) => ({ ...was, isConnected: false }))
    source.onmessage = (message: MessageEvent<string>) => {
      const { type, ...news } = JSON.parse(message.data) as StreamEvent
      setLive((was) => ({ ...was, ...news }))
    }
    return () => source.close()
  }, [till])
  return live
}
