import { Button, Center, Loader, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import type { DeviceAsk, DeviceScreen, DeviceView, TillView } from '../../../../src/api.ts'
import { call, getMenu } from '../../api-client.ts'
import { useLive } from '../../live.ts'
import { formatMoney } from '../../money.ts'
import { Pairing } from '../../shell.tsx'
import styles from './device.module.css'

/** The simulated payment device of a till: `/device?till=1`. Its buttons are what a card, a bank and a bad cable can do. */
export function Device() {
  const { till = '1' } = useSearch({ strict: false }) as { till?: string }
  const menu = useQuery({ queryKey: ['menu'], queryFn: getMenu })
  const paired = useQuery({ queryKey: ['till', till], queryFn: () => call<TillView>('GET', `/api/tills/${till}`), retry: false })
  const { device } = useLive(till)
  if (paired.error && 'word' in paired.error && paired.error.word !== 'no_partner_server')
    return <Pairing problem={paired.error.message} />
  if (!device || !menu.data) {
    return (
      <Center mih="100dvh">
        <Loader aria-label="Loading" />
      </Center>
    )
  }
  return <Terminal device={device} currency={menu.data.currency} />
}

const SAYS: Readonly<Record<DeviceScreen, { readonly text: string; readonly tone: string }>> = {
  idle: { text: 'Ready', tone: 'plain' },
  waiting: { text: 'Tap, insert or swipe the card', tone: 'plain' },
  approved: { text: 'Approved. Thank you!', tone: 'good' },
  declined: { text: 'Declined', tone: 'bad' },
  timed_out: { text: 'Timed out. Nothing was charged', tone: 'bad' },
  reversed: { text: 'Taken back: nothing is charged', tone: 'bad' },
  cancelled: { text: 'Cancelled. Nothing was charged', tone: 'plain' },
}

function Terminal({ device, currency }: { readonly device: DeviceView; readonly currency: string }) {
  const press = (what: DeviceAsk['press']) =>
    void call('POST', `/api/devices/${device.till}`, { press: what }).catch(() => undefined)
  const isWaiting = device.screen === 'waiting'
  const { text, tone } = SAYS[device.screen]
  return (
    <main className={styles.stage}>
      <section className={styles.body} aria-label="Payment device">
        <Title order={1} size="h5" ta="center" mb="xs" c="gray.3">
          Simulated payment device · till {device.till}
        </Title>
        <div className={styles.glass} data-tone={device.isConnected ? tone : 'off'} aria-live="assertive">
          {device.screen !== 'idle' && <span className={styles.amount}>{formatMoney(device.amount, currency)}</span>}
          <Text size="lg" fw={600}>
            {text}
          </Text>
          {isWaiting && device.isConnected && device.until !== null && <Countdown until={device.until} />}
          {!device.isConnected && <Text fw={600}>No connection to the till</Text>}
        </div>
        <div className={styles.keys}>
          <Button size="lg" disabled={!isWaiting} onClick={() => press('approve')}>
            Approve
          </Button>
          <Button size="lg" color="red.9" disabled={!isWaiting} onClick={() => press('decline')}>
            Decline
          </Button>
          <Button variant="default" px="xs" disabled={!isWaiting} onClick={() => press('time_out')}>
            Let it time out
          </Button>
          <Button variant="default" px="xs" onClick={() => press(device.isConnected ? 'disconnect' : 'connect')}>
            {device.isConnected ? 'Lose connection' : 'Connect again'}
          </Button>
        </div>
      </section>
    </main>
  )
}

function Countdown({ until }: { readonly until: number }) {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500)
    return () => clearInterval(timer)
  }, [])
  return <Text className="figures">{Math.max(0, Math.ceil((until - now) / 1000))} s left</Text>
}
