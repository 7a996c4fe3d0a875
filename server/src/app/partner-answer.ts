import type { Refusal } from '@regulars/contract'

/** What a partner is answered: JSON as text or as a value; or a refusal; or `again`, when the credential changed while the call was decided. */
export type PartnerAnswer =
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly body: object | string
      readonly warnings?: readonly string[]
      readonly orderId?: string
    }
  | { readonly kind: 'refusal'; readonly refusal: Refusal; readonly orderId?: string }
  | { readonly kind: 'again' }
