import { ActionIcon, Group, Stack, Text, UnstyledButton } from '@mantine/core'
import { IconCircle, IconCircleCheckFilled, IconDeviceTablet } from '@tabler/icons-react'
import type { RewardOutcome, RewardView, TillView } from '../../../../src/api.ts'
import { formatMoney } from '../../money.ts'

interface Props {
  readonly rewards: readonly RewardView[]
  readonly chosen: string | null
  readonly outcome: RewardOutcome | null
  readonly prompt: TillView['prompt']
  readonly currency: string
  readonly isOnline: boolean
  readonly onChoose: (reward: string | null) => void
  readonly onAsk: (reward: RewardView) => void
}

/** What the member may use: a tap applies it, and it says at once what it takes off, or why it does not apply. */
export function RewardList({ rewards, chosen, outcome, prompt, currency, isOnline, onChoose, onAsk }: Props) {
  const usable = rewards.filter(({ quantity }) => quantity > 0)
  if (usable.length === 0)
    return isOnline ? <Text size="sm">No rewards yet.</Text> : <Text size="sm">Rewards wait for the connection.</Text>
  return (
    <Stack gap={4} role="group" aria-label="Rewards">
      {usable.map((reward) => {
        const isChosen = reward.id === chosen
        return (
          <div key={reward.id}>
            <Group justify="space-between" wrap="nowrap" gap="xs">
              <UnstyledButton
                aria-pressed={isChosen}
                disabled={!isOnline}
                onClick={() => onChoose(isChosen ? null : reward.id)}
                style={{ flex: 1, minHeight: 40, display: 'flex', alignItems: 'center', gap: 8 }}
              >
                {isChosen ? (
                  <IconCircleCheckFilled size={22} color="var(--mantine-primary-color-filled)" />
                ) : (
                  <IconCircle size={22} />
                )}
                <span>
                  {reward.label}
                  {reward.points !== null && (
                    <Text span size="sm" c="dimmed">
                      {' '}
                      · {reward.points} points
                    </Text>
                  )}
                </span>
              </UnstyledButton>
              <AskButton reward={reward} prompt={prompt} onAsk={onAsk} />
            </Group>
            {isChosen && outcome && (
              <Text size="sm" role="status" c={outcome.applied ? 'harbor' : 'red'} pl={30}>
                {outcome.applied
                  ? `${formatMoney(outcome.discount, currency)} off`
                  : (outcome.message ?? 'Does not apply to this order.')}
              </Text>
            )}
          </div>
        )
      })}
    </Stack>
  )
}

function AskButton({ reward, prompt, onAsk }: Pick<Props, 'prompt' | 'onAsk'> & { readonly reward: RewardView }) {
  const mine = prompt?.reward.id === reward.id ? prompt : null
  const says =
    mine === null
      ? 'Ask the customer'
      : mine.answer === null
        ? 'Asking the customer'
        : mine.answer === 'use'
          ? 'Customer: use it'
          : 'Customer: keep it'
  return (
    <ActionIcon
      variant={mine?.answer === null ? 'filled' : 'subtle'}
      size="lg"
      aria-label={`${says}: ${reward.label}`}
      title={says}
      onClick={() => onAsk(reward)}
    >
      <IconDeviceTablet size={20} />
    </ActionIcon>
  )
}
