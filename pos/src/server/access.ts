import type { FastifyRequest } from 'fastify'
import { type Pairing, readCookies } from './pairing.ts'
import { Refused } from './refused.ts'

/** Who may call: throws unless this browser is paired. */
export function demandRole(pairing: Pairing, request: FastifyRequest, till?: string): 'staff' | 'kiosk' {
  const roles = pairing.rolesOf(readCookies(request.headers.cookie))
  if (roles.has('staff')) return 'staff'
  if (!roles.has('kiosk'))
    throw new Refused(
      'not_paired',
      'This screen is not paired with the shop. Open the address that the server printed, or type its code.',
    )
  if (till?.startsWith('kiosk')) return 'kiosk'
  throw new Refused('not_allowed', 'A kiosk may not do this. Pair the screen with the staff’s code.')
}
