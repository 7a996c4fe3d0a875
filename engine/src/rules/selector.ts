import type { Line, Traits, Unit } from '../model.ts'
import type { NamesDocument, SelectorDocument } from './document.ts'

type Item = Pick<Line, 'product' | 'categories' | 'label'>

/** A compiled group of items: by product id, category or label, whatever the letter case, less its exclusions (scenario 20). */
export interface Selector {
  matches(item: Unit | Item): boolean
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
    matches(item) {
      const traits = 'traits' in item ? item.traits : traitsOf(item)
      return (everything || named(included, traits)) && !named(excluded, traits)
    },
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

function named(group: Names, traits: Traits): boolean {
  if (traits.product !== undefined && group.products.has(traits.product)) return true
  if (group.labels.has(traits.label)) return true
  return group.categories.size > 0 && traits.categories.some((category) => group.categories.has(category))
}

function isEmpty(document: NamesDocument): boolean {
  return !document.products?.length && !document.categories?.length && !document.labels?.length
}

/** Units bring theirs; a modifier's are made when one is asked for. */
export function traitsOf({ product, label, categories }: Item): Traits {
  return {
    product: product === undefined ? undefined : fold(product),
    label: fold(label),
    categories: categories.map(fold),
  }
}

/** Folding letters is what matching costs, and orders of one menu repeat its texts: those that came last are remembered. */
const folded = new Map<string, string>()
const FOLDED_MAX = 10_000

function fold(text: string): string {
  let known = folded.get(text)
  if (known === undefined) {
    known = text.normalize('NFC').trim().toLowerCase()
    if (folded.size >= FOLDED_MAX) folded.clear()
    folded.set(text, known)
  }
  return known
}
