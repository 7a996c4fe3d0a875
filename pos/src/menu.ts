export type Language = 'en' | 'es'
/** Words in other languages than English, where the shop has them. */
export type Translated = Partial<Readonly<Record<Exclude<Language, 'en'>, string>>>

export interface Menu {
  readonly shop: string
  /** ISO 4217. */
  readonly currency: string
  readonly store: StoreView
  /** Of the price, in hundred-thousandths: 8875 is 8.875 %. */
  readonly taxRate: number
  /** What a purchase is expected to bring, to say beforehand; the receipt has the loyalty server's own number. */
  readonly earns: { readonly points: number; readonly per: number } | null
  readonly categories: readonly Category[]
  readonly items: readonly MenuItem[]
  readonly modifierGroups: readonly ModifierGroup[]
}

export interface StoreView {
  readonly code: string
  readonly name: string
  readonly address: string
  readonly timezone: string
}

export interface Category {
  readonly name: string
  readonly names: Translated
}

export interface MenuItem {
  /** SKU. */
  readonly id: string
  readonly name: string
  readonly names: Translated
  readonly category: string
  readonly price: number
  /** Ids of modifier groups, in the order in which they are asked. */
  readonly modifierGroups: readonly string[]
}

export interface ModifierGroup {
  readonly id: string
  readonly label: string
  readonly labels: Translated
  /** How many options must and may be chosen. */
  readonly min: number
  readonly max: number
  readonly options: readonly ModifierOption[]
}

export interface ModifierOption {
  readonly id: string
  readonly label: string
  readonly labels: Translated
  readonly price: number
}
