export { DEFAULT_SEED } from './plan.ts'
export { formatReport, type ReplayReport } from './report.ts'
export { type ReplayOptions, replay } from './run.ts'
