import type { NamesDocument, ProgramDocument, SelectorDocument } from '@regulars/engine'
import { type Finding, nearestWord } from './check-shape.ts'

/** What a brand sells, as far as its menu says. */
export interface Menu {
  /** How the menu is called in a warning. */
  readonly name: string
  readonly products: readonly string[]
  readonly categories: readonly string[]
  readonly labels: readonly string[]
}

const KINDS = { products: 'product', categories: 'category', labels: 'label' } as const

/**
 * Groups that name what the menu does not have. A menu may be older than a program, so this only warns; what a group leaves out is often sold elsewhere (gift
 * cards), so there only what looks like a slip of the pen is named.
 */
export function menuFindings(document: ProgramDocument, menu: Menu): Finding[] {
  const { program, rewards = {}, campaigns = {} } = document
  return [
    ...groupFindings(program.earn?.of, ['program', 'earn', 'of'], menu),
    ...namesFindings(program.earn?.exclude, ['program', 'earn', 'exclude'], menu, { onlyNear: true }),
    ...Object.entries(rewards).flatMap(([key, { of, buy }]) => [
      ...groupFindings(buy?.of, ['rewards', key, 'buy', 'of'], menu),
      ...groupFindings(of, ['rewards', key, 'of'], menu),
    ]),
    ...Object.entries(campaigns).flatMap(([key, { items }]) => groupFindings(items, ['campaigns', key, 'items'], menu)),
  ]
}

function groupFindings(group: SelectorDocument | undefined, path: Finding['path'], menu: Menu): Finding[] {
  if (!group) return []
  return [
    ...namesFindings(group, path, menu, { onlyNear: false }),
    ...namesFindings(group.exclude, [...path, 'exclude'], menu, { onlyNear: true }),
  ]
}

function namesFindings(
  names: NamesDocument | undefined,
  path: Finding['path'],
  menu: Menu,
  { onlyNear }: { onlyNear: boolean },
): Finding[] {
  return (['products', 'categories', 'labels'] as const).flatMap((kind) => {
    const known = new Map(menu[kind].map((name) => [name.toLowerCase(), name]))
    return (names?.[kind] ?? []).flatMap((name, index): Finding[] => {
      if (known.has(name.toLowerCase())) return []
      const near = nearestWord(name, [...known.values()])
      if (near === undefined && onlyNear) return []
      const cure = near
        ? `did you mean ${near}?`
        : kind === 'categories'
          ? `it has ${[...known.values()].slice(0, 10).join(', ')}`
          : 'nothing will match'
      return [{ path: [...path, kind, index], message: `${menu.name} has no ${KINDS[kind]} ${name}; ${cure}` }]
    })
  })
}
