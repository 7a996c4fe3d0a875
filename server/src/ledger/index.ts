export { type Commit, commitMembers } from './commit-store.ts'
export { expireLots } from './expire-lots.ts'
export { createMemberQueue } from './member-queue.ts'
export type { Problem } from './problem.ts'
export {
  commitMember,
  type EntryFacts,
  GENESIS,
  LOT_COLUMNS,
  type LoadedWallet,
  type LotRow,
  ledgerRows,
  loadWallet,
  lockWallet,
  readExpiryLagS,
  reservedOf,
  StaleWallet,
  toLot,
  toWallet,
  type WalletRow,
  walletColumns,
} from './store.ts'
export { formatVerifyReport, type VerifyReport, verifyLedger } from './verify.ts'
