import { type Outcome, type Refusal, readClaimCall, readMemberCall, readOrderCall, refuse } from '@regulars/contract'
import type { Program } from '@regulars/engine'
import { readClock } from '../accounts/index.ts'
import { createOrRetrieveMember, getMembership } from '../members/index.ts'
import type { OrderOutcome } from '../orders/index.ts'
import type { ProgramInForce } from '../programs/index.ts'
import { grantOnJoin, issuedKeys, openForList, redeemableKeys, viewBalance, viewRewards } from '../rewards/index.ts'
import type { AppContext, Branch } from './context.ts'
import type { PartnerCall, PartnerOperation } from './partner.ts'
import type { PartnerAnswer } from './partner-answer.ts'

/** The partner API of the wire contract, §4 to §7. */
export function partnerOperations(context: AppContext): PartnerOperation[] {
  return [
    {
      method: 'POST',
      url: '/loyalty/accounts',
      hasBody: true,
      checksVersion: false,
      handle: (call) => createOrRetrieve(context, call),
    },
    {
      method: 'GET',
      url: '/loyalty/accounts/:id/balance',
      hasBody: false,
      checksVersion: false,
      handle: (call) => getBalance(context, call),
    },
    {
      method: 'GET',
      url: '/loyalty/accounts/:id/rewards',
      hasBody: false,
      checksVersion: false,
      handle: (call) => listRewards(context, call),
    },
    { method: 'POST', url: '/loyalty/accounts/:id/orders', hasBody: true, checksVersion: true, handle: postOrder },
    {
      method: 'POST',
      url: '/loyalty/accounts/:id/claims',
      hasBody: true,
      checksVersion: true,
      handle: (call) => claimOrder(context, call),
    },
  ]
}

const STATUS_OF = { known: 200, created: 201, waiting: 202 } as const

async function createOrRetrieve(context: AppContext, { caller, branch, json }: PartnerCall): Promise<PartnerAnswer> {
  const call = readMemberCall(json)
  if (!call.ok) return refusal(call.refusal)
  const { accountId, environment } = caller
  const program = (await branch.shelf.current(branch.db, accountId)).program
  const { random, vault } = context
  const done = await createOrRetrieveMember({
    db: branch.db,
    vault,
    environment,
    call: call.value,
    account: { accountId, name: program.name, country: program.country },
    storeCodes: new Set(program.stores.keys()),
    publicUrl: context.publicUrl(),
    now: await nowOf(context, branch),
    random,
    grantOnJoin: (tx, joined) => grantOnJoin(tx, { ...joined, program, random }),
  })
  if (!done.ok) return refusal(done.refusal)
  const { kind, warnings } = done.value
  const body = kind === 'waiting' ? { status: 'WaitingEmailVerification' } : { id: done.value.memberId, status: 'Active' }
  return { kind: 'answer', status: STATUS_OF[kind], body, warnings }
}

async function getBalance(context: AppContext, call: PartnerCall): Promise<PartnerAnswer> {
  const asked = await whoseWallet(context, call)
  if (!asked.ok) return refusal(asked.refusal)
  const { program } = asked.value
  const { book } = await openForList(call.branch.db, asked.value, (opened) => issuedKeys(program, opened.book))
  return { kind: 'answer', status: 200, body: viewBalance(program, book, asked.value.now) }
}

async function listRewards(context: AppContext, call: PartnerCall): Promise<PartnerAnswer> {
  const asked = await whoseWallet(context, call)
  if (!asked.ok) return refusal(asked.refusal)
  const { program, now } = asked.value
  const store = checkStore(call, program, storeAsked(call.query), 'store')
  if (!store.ok) return refusal(store.refusal)
  const at = { storeCode: store.value, at: now }
  const { book, member } = await openForList(call.branch.db, asked.value, (opened) =>
    redeemableKeys(program, opened.book, opened.member, at),
  )
  return { kind: 'answer', status: 200, body: { rewards: viewRewards(program, book, member, at) } }
}

/** Programs applied one after the other make a call be read again, at most this often: nobody applies as fast as an order is read. */
const READINGS_MAX = 20

/**
 * Read under the newest program this server knows; where that one refuses, or the order's own load finds a newer one, under the one in force. So a new
 * program counts from the moment it is applied, on every server, and no call falls between two.
 */
async function postOrder(call: PartnerCall): Promise<PartnerAnswer> {
  const { branch, caller } = call
  let known = await branch.shelf.latest(branch.db, caller.accountId)
  for (let reading = 0; reading < READINGS_MAX; reading++) {
    const answer = await postUnder(known, call)
    if (answer !== 'stale_program' && answer.kind !== 'refusal') return answer
    const current = await branch.shelf.current(branch.db, caller.accountId)
    if (current.version === known.version && answer !== 'stale_program') return answer
    known = current
  }
  return refusal(refuse('unavailable', { retryAfterS: 1 }).refusal)
}

async function postUnder(
  { program, version }: ProgramInForce,
  { caller, branch, params, query, json, body }: PartnerCall,
): Promise<PartnerAnswer | 'stale_program'> {
  const { accountId, strictRequests } = caller
  const read = readOrderCall(json, { currency: program.currency, strict: strictRequests })
  if (!read.ok) return refusal(read.refusal)
  const call = read.value
  const orderId = call.orderId ?? call.basketUuid
  if (call.brand !== accountId)
    return refusal(refuse('brand_mismatch', { brand: call.brand, expected: accountId }).refusal, orderId)
  const store = checkStore({ caller }, program, call.storeCode, 'vendor')
  if (!store.ok) return refusal(store.refusal, orderId)
  if (call.currency !== program.currency) {
    return refusal(refuse('currency_mismatch', { currency: call.currency, expected: program.currency }).refusal, orderId)
  }
  const posted = await branch.orders.post({
    caller,
    memberRef: params.id ?? '',
    call,
    body: Buffer.from(body).toString(),
    explain: query.get('explain') === '1',
    readUnder: version,
  })
  if (posted.kind === 'stale_program') return 'stale_program'
  return answerOf(posted, { orderId, warnings: call.warnings.map((warning) => `${warning.name}: ${warning.message}`) })
}

async function claimOrder(context: AppContext, { caller, branch, params, json }: PartnerCall): Promise<PartnerAnswer> {
  const { program } = await branch.shelf.latest(branch.db, caller.accountId)
  const read = readClaimCall(json, { currency: program.currency })
  if (!read.ok) return refusal(read.refusal)
  // A code of 50 bits is guessed by trying: whoever tries for one member is slowed down, whichever till it is.
  const allowed = context.claimLimiter.take({ credentialId: `${caller.accountId}/${params.id}` })
  if (!allowed.ok) return refusal(allowed.refusal)
  const claimed = await branch.orders.claim({ caller, memberRef: params.id ?? '', receipt: read.value })
  return answerOf(claimed, {})
}

function answerOf(outcome: OrderOutcome, about: { orderId?: string; warnings?: readonly string[] }): PartnerAnswer {
  if (outcome.kind === 'stale_credential' || outcome.kind === 'stale_program') return { kind: 'again' }
  if (outcome.kind === 'refused') return refusal(outcome.refusal, about.orderId)
  return { kind: 'answer', status: 200, body: outcome.text, ...about }
}

const refusal = (refusal: Refusal, orderId?: string): PartnerAnswer => ({ kind: 'refusal', refusal, orderId })

async function whoseWallet(context: AppContext, { caller, branch, params }: PartnerCall) {
  const { accountId } = caller
  const memberRef = params.id ?? ''
  const membership = await getMembership(branch.db, accountId, memberRef)
  if (!membership) return refuse('member_unknown', { member: memberRef })
  const program = (await branch.shelf.current(branch.db, accountId)).program
  const now = await nowOf(context, branch)
  const { random } = context
  return { ok: true as const, value: { accountId, memberId: Number(memberRef), membership, program, now, random } }
}

/** Two stores in one query are no store: which one was meant is not ours to guess. */
function storeAsked(query: URLSearchParams): string | undefined {
  const asked = query.getAll('store')
  return asked.length === 0 ? undefined : asked.join(' and ')
}

/** The store a call names: one of the account's, and one that the credential may act for. */
function checkStore(
  { caller }: Pick<PartnerCall, 'caller'>,
  program: Program,
  storeCode: string | undefined,
  path: string,
): Outcome<string> {
  if (storeCode === undefined || storeCode === '') return refuse('store_missing', { path })
  if (!program.stores.has(storeCode)) return refuse('store_unknown', { store: storeCode })
  if (caller.storeCodes && !caller.storeCodes.includes(storeCode)) return refuse('store_not_allowed', { store: storeCode })
  return { ok: true, value: storeCode }
}

/** The environment's time: the test clock where it stands, else the machine's. */
async function nowOf(context: AppContext, { db }: Branch): Promise<number> {
  return (await readClock(db)) ?? context.now()
}
