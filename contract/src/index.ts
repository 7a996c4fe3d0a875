/** What Regulars says on the wire: everything that a server, a till or a console has to agree on. */
export { CHECK_GROUPS, CHECK_NAMES, type Check, type CheckGroup, type CheckName, checkOf } from './certification.ts'
export { type ClaimCall, readClaimCall } from './claim-call.ts'
export { CURRENCY_CODES, currencyDigits } from './currencies.ts'
export { formatMoney, MAX_MINOR_UNITS, type MoneyProblem, moneyNumber, parseMoney } from './decimals.ts'
export {
  customerMessage,
  developerMessage,
  ERRORS,
  type ErrorBody,
  type ErrorFacts,
  type ErrorName,
  errorBody,
  httpStatus,
  isRewardReason,
  type Outcome,
  ok,
  type Refusal,
  type Refused,
  type RewardReason,
  refuse,
  refuseReward,
  retryAfterS,
} from './errors.ts'
export { type Example, SAMPLES } from './examples.ts'
export { EXPLAIN_REASONS, type ExplainReason, reasonSentence, reasonsMarkdown } from './explain-reasons.ts'
export { isRealDate, MAX_ID_LENGTH, MAX_TEXT_LENGTH, parseInstant, type Warning, type WarningName } from './fields.ts'
export { MAX_JSON_DEPTH, parseJson } from './json.ts'
export {
  GENDERS,
  MARITAL_STATUSES,
  MAX_EMAIL_LENGTH,
  type MemberAddress,
  type MemberCall,
  readMemberCall,
} from './member-call.ts'
export { debugMessageSignature, type MessageDiagnosis, type SuspectMessage } from './message-signature-debug.ts'
export {
  CONTENT_DIGEST_HEADER,
  checkContentDigest,
  MESSAGE_SIGNATURE_HEADER,
  type MessageSignature,
  readMessageSignature,
  SIGNATURE_AGE_S,
  SIGNATURE_INPUT_HEADER,
  signatureBase,
  signMessage,
  verifyMessage,
} from './message-signing.ts'
export { type ExecutableExample, errorExample, executableExamples, openApiDocument } from './openapi.ts'
export type { Operation } from './operation.ts'
export {
  claimOrder,
  createOrRetrieveMember,
  getBalance,
  listRewards,
  OPERATIONS,
  plainSchema,
  postOrder,
} from './operations.ts'
export {
  ORDER_TYPES,
  type OrderCall,
  type Payment,
  RENDITIONS,
  type RewardAsked,
  readOrderCall,
  readOrderStatus,
  SOURCES,
  TENDERS,
} from './order-call.ts'
export { type Line, lineTotal, MAX_LINES, MAX_MODIFIER_DEPTH, MAX_UNITS } from './order-lines.ts'
export {
  allowedFrom,
  nextState,
  ORDER_STATES,
  ORDER_STATUSES,
  type OrderState,
  type OrderStatus,
  stepsTo,
  TRANSITIONS,
} from './order-workflow.ts'
export { type PastedRequest, readPastedRequest } from './pasted-request.ts'
export { PROGRAM_FILE_SCHEMA } from './program-file.ts'
export { NONE_OF_ITEMS } from './reward-errors.ts'
export {
  BalanceReply,
  ClaimBody,
  ErrorReply,
  MemberBody,
  MemberReply,
  MemberWaitingReply,
  Modifier,
  OrderBody,
  OrderReply,
  RewardsReply,
} from './schemas.ts'
export { debugSignature, type SignatureDiagnosis, type SuspectRequest } from './signature-debug.ts'
export { MISTAKES, type Mistake } from './signature-mistakes.ts'
export {
  decodeSecret,
  encodeBase64,
  importSecret,
  isCanonicalBase64,
  KEY_HEADER,
  minified,
  SIGNATURE_HEADER,
  type SignedRequest,
  type SigningKey,
  sign,
  signedMessage,
  signWith,
  verify,
} from './signing.ts'
