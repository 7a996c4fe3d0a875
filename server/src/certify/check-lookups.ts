import { jsonOf, misshapenBalance, misshapenReward } from './answers.ts'
import { type Session, shown } from './session.ts'

/** Who may ask, and for whom. */

export async function wrongSignature(session: Session): Promise<void> {
  const body = { customer: { phone: session.freshPhone() } }
  for (const [why, signing] of [
    ['signed with another secret', 'wrong_secret'],
    ['signed over another body', 'other_body'],
  ] as const) {
    session.refused(await session.send(why, 'POST', '/loyalty/accounts', body, signing), 401, [1004])
  }
}

export async function missingHeaders(session: Session): Promise<void> {
  const body = { customer: { phone: session.freshPhone() } }
  for (const [why, signing, code] of [
    ['without a signature', 'no_signature', 1001],
    ['without a key', 'no_key', 1002],
    ['with an unknown key', 'unknown_key', 1003],
  ] as const) {
    session.refused(await session.send(why, 'POST', '/loyalty/accounts', body, signing), 401, [code])
  }
}

export async function memberCreated(session: Session): Promise<void> {
  // A server that has been certified before may know a number already.
  for (let attempt = 1; ; attempt++) {
    const exchange = await session.lookUp('an unknown phone', session.freshPhone())
    if (exchange.status === 200 && attempt < PHONES_TRIED) continue
    const { id, status } = jsonOf(exchange)
    session.expect(exchange, 'status 201', exchange.status === 201, shown(exchange))
    session.expect(exchange, 'an id as a text of digits', typeof id === 'string' && /^\d+$/.test(id), JSON.stringify(id))
    session.expect(exchange, 'status "Active"', status === 'Active', JSON.stringify(status))
    return
  }
}
const PHONES_TRIED = 5

export async function memberKnown(session: Session): Promise<void> {
  const phone = session.freshPhone()
  const first = await session.prepare('a member', () => session.lookUp('a phone', phone))
  sameMember(session, await session.lookUp('the same phone again', phone), jsonOf(first).id)
}

export async function phoneSpellings(session: Session): Promise<void> {
  const phone = session.freshPhone()
  const first = await session.prepare('a member', () => session.lookUp('a phone', phone))
  for (const spelling of spellingsOf(phone)) {
    sameMember(session, await session.lookUp(`the same phone as ${spelling}`, spelling), jsonOf(first).id)
  }
}

function sameMember(session: Session, exchange: Parameters<Session['expect']>[0], id: unknown): void {
  session.expect(exchange, 'status 200', exchange.status === 200, shown(exchange))
  session.expect(exchange, `the id ${id}`, jsonOf(exchange).id === id, JSON.stringify(jsonOf(exchange).id))
}

/** How people write one number: of North America in its own ways, of elsewhere with blanks and hyphens. */
function spellingsOf(phone: string): string[] {
  const [, area, office, line] = /^(?:\+1)?(\d{3})(\d{3})(\d{4})$/.exec(phone) ?? []
  if (area !== undefined)
    return [
      `(${area}) ${office}-${line}`,
      `${area}-${office}-${line}`,
      `+1 ${area} ${office} ${line}`,
      `1-${area}-${office}-${line}`,
    ]
  const middle = Math.floor(phone.length / 2)
  return [' ', '-'].map((between) => `${phone.slice(0, middle)}${between}${phone.slice(middle)}`)
}

export async function phoneInvalid(session: Session): Promise<void> {
  for (const phone of ['12', 'not a phone']) session.refused(await session.lookUp(`the phone "${phone}"`, phone), 400, [2003])
}

export async function memberUnknown(session: Session): Promise<void> {
  for (const [what, target] of [
    ['the balance', '/loyalty/accounts/999999999999999/balance'],
    ['the rewards', `/loyalty/accounts/999999999999999/rewards?store=${encodeURIComponent(session.place.store)}`],
  ] as const) {
    session.refused(await session.send(`${what} of nobody`, 'GET', target), 400, [4003])
  }
}

export async function rewardsList(session: Session): Promise<void> {
  const account = `/loyalty/accounts/${await session.newMember()}`
  const store = encodeURIComponent(session.place.store)
  const exchange = await session.send('the rewards', 'GET', `${account}/rewards?store=${store}`)
  session.expect(exchange, 'status 200', exchange.status === 200, shown(exchange))
  const { rewards } = jsonOf(exchange)
  session.expect(exchange, 'a list "rewards"', Array.isArray(rewards), shown(exchange))
  for (const reward of rewards as unknown[]) {
    const problem = misshapenReward(reward)
    session.expect(exchange, 'rewards in the documented shape', problem === undefined, problem)
  }
  session.refused(await session.send('an unknown store', 'GET', `${account}/rewards?store=no-such-store`), 400, [4002])
  session.refused(await session.send('no store', 'GET', `${account}/rewards`), 400, [4002])
}

export async function balance(session: Session): Promise<void> {
  const exchange = await session.send('the balance', 'GET', `/loyalty/accounts/${await session.newMember()}/balance`)
  session.expect(exchange, 'status 200', exchange.status === 200, shown(exchange))
  const problem = misshapenBalance(jsonOf(exchange))
  session.expect(exchange, 'the documented shape', problem === undefined, problem)
}
