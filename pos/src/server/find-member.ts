import type { MemberAsk, MemberView } from '../api.ts'
import { type Customer, maskPhone, phoneKey, viewAlone } from './customers.ts'
import type { Desk } from './desk.ts'
import { isAway, toRefused } from './loyalty.ts'
import { Refused } from './refused.ts'

const NAME_MAX = 80

/**
 * The member with this phone, made if there is none. While the loyalty server is away, whoever has been here before is still known, without rewards.
 * @throws Refused
 */
export async function findMember(desk: Desk, ask: MemberAsk): Promise<MemberView> {
  const key = phoneKey(ask.phone)
  if (key.length < 7 || key.length > 15)
    throw new Refused('phone_invalid', 'This is not a phone number. Type all its digits, area code first.')
  if ((ask.name ?? '').length > NAME_MAX) throw new Refused('invalid', `A name has at most ${NAME_MAX} characters.`)
  const known = desk.customers.get(key)
  if (!desk.reach.isOnline) return offline(known)
  try {
    return await desk.reach.ask(async () => {
      const { id, isNew } = await desk.loyalty.findMember(ask)
      const name = ask.name?.trim() || known?.name || null
      if (known?.member !== id || known.name !== name) await desk.customers.put({ id: key, member: id, name })
      return { id, name, phone: maskPhone(key), isNew, ...(await desk.loyalty.wallet(id)) }
    })
  } catch (fault) {
    if (isAway(fault)) return offline(known)
    throw toRefused(fault)
  }
}

function offline(known: Customer | undefined): MemberView {
  if (known) return viewAlone(known)
  throw new Refused(
    'member_unknown_offline',
    'The loyalty server cannot be reached, and this phone number has not been here before. Sell to a guest: the receipt’s code brings the points later.',
  )
}
