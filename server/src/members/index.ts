export {
  createOrRetrieveMember,
  type MemberAnswer,
  type MemberInput,
  type MemberRefusal,
  type MemberWarning,
} from './create-or-retrieve-member.ts'
export { getMembership } from './get-membership.ts'
export { readMailBacklog } from './mail-store.ts'
export type { GrantOnJoin, Membership } from './member.ts'
export { openVerification, type Verification } from './open-verification.ts'
export { sendDueMails } from './send-due-mails.ts'
export { VERIFICATION_PAGE_HEADERS, verificationPage } from './verification-page.ts'
