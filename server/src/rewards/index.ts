export { grantDueCampaigns } from './grant-due.ts'
export { grantOnJoin } from './grant-on-join.ts'
export { factsOf, openMemberWallet } from './member-wallet.ts'
export { type BalanceView, type RewardView, viewBalance, viewRewards } from './views.ts'
