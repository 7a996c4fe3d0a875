import { Badge, Button, Center, Group, Loader, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import type { Answer, Menu, RewardView, TillView } from '../../../../src/api.ts'
import { call, getMenu } from '../../api-client.ts'
import { useLive } from '../../live.ts'
import { countUnits } from '../../messages.ts'
import { formatMoney } from '../../money.ts'
import { Pairing } from '../../shell.tsx'
import styles from './display.module.css'

/** What the customer sees: `/display?till=1` beside the register of that till. */
export function Display() {
  const { till = '1' } = useSearch({ strict: false }) as { till?: string }
  const menu = useQuery({ queryKey: ['menu'], queryFn: getMenu })
  const paired = useQuery({ queryKey: ['till', till], queryFn: () => call<TillView>('GET', `/api/tills/${till}`), retry: false })
  const live = useLive(till)
  if (paired.error && 'word' in paired.error && paired.error.word !== 'no_partner_server')
    return <Pairing problem={paired.error.message} />
  if (!menu.data || !live.till) {
    return (
      <Center mih="100dvh">
        <Loader aria-label="Loading" />
      </Center>
    )
  }
  if (live.till.phase === 'idle') return <Welcome shop={menu.data.shop} />
  return <Mirror view={live.till} menu={menu.data} isCut={!live.isConnected} />
}

function Welcome({ shop }: { readonly shop: string }) {
  return (
    <main className={styles.idle}>
      <Title order={1} className={styles.greeting}>
        Welcome to {shop}
      </Title>
      <p className={styles.big}>Say your phone number at the register to earn points and use your rewards.</p>
    </main>
  )
}

function Mirror({ view, menu, isCut }: { readonly view: TillView; readonly menu: Menu; readonly isCut: boolean }) {
  return (
    <main className={styles.screen}>
      <section className={styles.side} aria-live="polite" aria-label="For you">
        {view.phase === 'done' && view.receipt ? (
          <Thanks view={view} currency={menu.currency} />
        ) : (
          <Greeting view={view} currency={menu.currency} />
        )}
        {isCut && <Badge color="orange">One moment: connecting again</Badge>}
      </section>
      <Basket view={view} currency={menu.currency} />
    </main>
  )
}

const firstName = (view: TillView) => view.member?.name?.split(' ')[0] ?? null

function Greeting({ view, currency }: { readonly view: TillView; readonly currency: string }) {
  const { member, prompt, reward, pointsToEarn } = view
  const name = firstName(view)
  const units = member?.balance?.units ?? 'points'
  return (
    <>
      <Title order={1} className={styles.greeting}>
        {member ? (name ? `Hello ${name}` : 'Hello') : 'Hello there'}
      </Title>
      {member?.balance && <p className={styles.big}>You have {countUnits(member.balance.quantity, units, 'en')}.</p>}
      {!member && <p className={styles.big}>Your phone number turns this order into points.</p>}
      {pointsToEarn !== null && pointsToEarn > 0 && (
        <p className={styles.big}>This order brings about {countUnits(pointsToEarn, units, 'en')}.</p>
      )}
      {view.phase === 'paying' && <p className={styles.big}>Please pay {formatMoney(view.totals.total, currency)}.</p>}
      {reward?.applied && (
        <div className={styles.card} role="status">
          <Text size="xl" fw={650}>
            {reward.label}: you save {formatMoney(reward.discount, currency)}
          </Text>
        </div>
      )}
      {reward && !reward.applied && reward.message && (
        <div className={styles.card} role="status">
          <Text size="lg">{reward.message}</Text>
        </div>
      )}
      {prompt && prompt.answer === null && !reward?.applied && view.phase === 'selling' && (
        <Prompt till={view.till} reward={prompt.reward} />
      )}
      {prompt?.answer === 'keep' && !reward && (
        <p className={styles.big} role="status">
          We keep {prompt.reward.label} for you.
        </p>
      )}
    </>
  )
}

const day = new Intl.DateTimeFormat('en-US', { month: 'long', day: 'numeric', timeZone: 'UTC' })

/** The customer's own choice; the register hears it at once. */
function Prompt({ till, reward }: { readonly till: string; readonly reward: RewardView }) {
  const answer = (said: Answer) =>
    void call('POST', `/api/tills/${till}/answer`, { reward: reward.id, answer: said }).catch(() => undefined)
  return (
    <div className={styles.card}>
      <Text size="xl" fw={650} mb="xs">
        {reward.label} is yours.
      </Text>
      <Text mb="md">
        {reward.points === null ? 'Use it for this order?' : `Use it for this order, for ${reward.points} points?`}
        {reward.expiresOn !== null && ` Good until ${day.format(new Date(`${reward.expiresOn}T12:00:00Z`))}.`}
      </Text>
      <Group grow>
        <Button size="xl" onClick={() => answer('use')}>
          Use it
        </Button>
        <Button size="xl" variant="default" onClick={() => answer('keep')}>
          Keep it
        </Button>
      </Group>
    </div>
  )
}

function Thanks({ view, currency }: { readonly view: TillView; readonly currency: string }) {
  const { receipt } = view
  if (!receipt) return null
  const name = firstName(view)
  const units = receipt.balance?.units ?? 'points'
  const change = receipt.payment?.change ?? 0
  return (
    <>
      <Title order={1} className={styles.greeting}>
        Thank you{name ? `, ${name}` : ''}!
      </Title>
      {change > 0 && <p className={styles.big}>Your change: {formatMoney(change, currency)}</p>}
      {receipt.member && receipt.pointsEarned !== null && (
        <p className={styles.big}>You earned {countUnits(receipt.pointsEarned, units, 'en')}.</p>
      )}
      {receipt.balance && (
        <div className={styles.card}>
          <Text size="lg">Your new balance</Text>
          <Text fw={700} fz={40} lh={1.1}>
            {countUnits(receipt.balance.quantity, units, 'en')}
          </Text>
        </div>
      )}
      {receipt.notice !== null && <p className={styles.big}>Your points follow a little later.</p>}
      {receipt.receiptCode !== null && (
        <div className={styles.card}>
          <Text>Become a member and claim the points of this order with the code</Text>
          <Text fw={700} fz={30} ff="monospace">
            {receipt.receiptCode}
          </Text>
        </div>
      )}
    </>
  )
}

function Basket({ view, currency }: { readonly view: TillView; readonly currency: string }) {
  const list = useRef<HTMLUListElement>(null)
  const { lines, totals, reward } = view
  // The newest item is what the customer looks for.
  useEffect(() => {
    if (lines.length > 0) list.current?.scrollTo({ top: list.current.scrollHeight })
  }, [lines])
  return (
    <section className={styles.order} aria-label="Your order">
      <ul className={styles.lines} ref={list}>
        {lines.map((line) => (
          <li key={line.key} className={styles.line}>
            <span>{line.quantity} ×</span>
            <span>
              {line.label}
              {line.modifiers.length > 0 && (
                <Text size="sm" c="dimmed">
                  {line.modifiers.map(({ label }) => label).join(', ')}
                </Text>
              )}
            </span>
            <span>{formatMoney(line.amount, currency)}</span>
          </li>
        ))}
        {lines.length === 0 && <li className={styles.line}>Your order appears here.</li>}
      </ul>
      {totals.discount > 0 && (
        <Text component="div" c="harbor" fw={650} className={styles.row}>
          <span>{reward?.label ?? 'Reward'}</span>
          <span>−{formatMoney(totals.discount, currency)}</span>
        </Text>
      )}
      <div className={styles.row}>
        <span>Tax</span>
        <span>{formatMoney(totals.tax, currency)}</span>
      </div>
      <div className={`${styles.row} ${styles.grand}`}>
        <span>Total</span>
        <span>{formatMoney(totals.total, currency)}</span>
      </div>
    </section>
  )
}
