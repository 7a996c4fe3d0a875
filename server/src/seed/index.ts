export { MEMBERS_MAX, type SeedReport, seedMembers } from './seed-members.ts'
