/** One difference between two program files, named by path. `before` absent: added; `after` absent: removed. */
export interface Difference {
  readonly path: string
  readonly before?: string
  readonly after?: string
}

/** What differs between two documents, leaf by leaf, in the order of the file. Stores are told apart by their code, not by their place. */
export function diffDocuments(before: object | undefined, after: object): Difference[] {
  const old = new Map(before ? leavesOf(before, '') : [])
  const now = new Map(leavesOf(after, ''))
  const changed = [...now].flatMap(([path, value]) => {
    const was = old.get(path)
    return was === value ? [] : [{ path, ...(was !== undefined && { before: was }), after: value }]
  })
  const removed = [...old].filter(([path]) => !now.has(path)).map(([path, value]) => ({ path, before: value }))
  return [...changed, ...removed]
}

function leavesOf(value: unknown, path: string): [string, string][] {
  if (Array.isArray(value)) {
    return value.every((item) => typeof item === 'object' && item !== null && 'code' in item)
      ? value.flatMap((item) => leavesOf(item, `${path}[${(item as { code: string }).code}]`))
      : [[path, JSON.stringify(value)]]
  }
  if (typeof value !== 'object' || value === null) return value === undefined ? [] : [[path, JSON.stringify(value)]]
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, path === '' ? key : `${path}.${key}`))
}
