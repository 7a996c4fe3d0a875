import type { Line, Unit } from '../model.ts'
import type { NamesDocument, SelectorDocument } from './document.ts'

type Item = Pick<Unit | Line, 'product' | 'categories' | 'label'>

/** A compiled group of items: by product id, category or label, whatever the letter case, less its exclusions (scenario 20). */
export interface Selector {
  matches(item: Item): boolean
  /** How a sentence names the group; empty for everything. */
  readonly names: readonly string[]
  /** What an item must have one of, folded as `traitsOf` folds it; absent when the group is everything, less what it excludes. */
  readonly needs?: Names
}

/** Everything the selector names, less what it excludes; with `exclude` alone or `all`, everything but that. */
export function compileSelector(document: SelectorDocument): Selector {
  const included = names(document)
  const excluded = names(document.exclude ?? {})
  const everything = document.all === true || isEmpty(document)
  return {
    matches: (item) => (everything || named(included, item)) && !named(excluded, item),
    needs: everything ? undefined : included,
    names: [...(document.labels ?? []), ...(document.categories ?? []), ...(document.products ?? [])],
  }
}

/** True when the selector looks at labels, which makes a reworded label another cart (scenario 29). */
export function looksAtLabels(document: SelectorDocument | undefined): boolean {
  return Boolean(document?.labels?.length || document?.exclude?.labels?.length)
}

export interface Names {
  readonly products: ReadonlySet<string>
  readonly categories: ReadonlySet<string>
  readonly labels: ReadonlySet<string>
}

function names(document: NamesDocument): Names {
  return {
    products: new Set(document.products?.map(fold)),
    categories: new Set(document.categories?.map(fold)),
    labels: new Set(document.labels?.map(fold)),
  }
}

function named(group: Names, item: Item): boolean {
  const traits = traitsOf(item)
  if (traits.product !== undefined && group.products.has(traits.product)) return true
  if (group.labels.has(traits.label)) return true
  return group.categories.size > 0 && traits.categories.some((category) => group.categories.has(category))
}

function isEmpty(document: NamesDocument): boolean {
  return !document.products?.length && !document.categories?.length && !document.labels?.length
}

interface Traits {
  readonly product?: string
  readonly label: string
  readonly categories: readonly string[]
}

/** Folding letters is what matching costs; units of one line share an object, so each line pays once for all rules. */
const folded = new WeakMap<Item, Traits>()

/** What an item is matched by, folded once for all rules. */
export function traitsOf(item: Item): Traits {
  let traits = folded.get(item)
  if (!traits) {
    traits = {
      product: item.product === undefined ? undefined : fold(item.product),
      label: fold(item.label),
      categories: item.categories.map(fold),
    }
    folded.set(item, traits)
  }
  return traits
}

function fold(text: string): string {
  return text.normalize('NFC').trim().toLowerCase()
}
