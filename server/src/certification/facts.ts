/** What certification has to know of a request beside what every log entry says. Short names, for there is one a request. */
export interface RequestFacts {
  /** A member id, or `guest`. */
  readonly member?: string
  /** Of an order call: the status that was sent. */
  readonly status?: string
  /** The id of the reward it asked for. */
  readonly reward?: string
  /** The discount it asked for the reward, and the one that was answered. */
  readonly asked?: number
  readonly given?: number
  /** Why a quote gave none. */
  readonly why?: string
  /** Whether none of the items that the reward needs was there. */
  readonly none?: boolean
  /** Of a list of rewards: what the points are worth. */
  readonly worth?: number
  /** Of a wrong signature: what was wrong with it. */
  readonly mistakes?: readonly string[]
  /** And which secret it was made with, where it was another one. */
  readonly secret?: string
}
