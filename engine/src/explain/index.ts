export * from './explain.ts'
export type { MissedRule, OpenReward } from './missed-rewards.ts'
export { storyOf } from './story.ts'
