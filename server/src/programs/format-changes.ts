import type { Difference } from './diff-documents.ts'

/**
 * Changes as a person reads them: grouped by what they are about, one line each. `+` is new, `-` is gone, `~` is other than before. Values stand as in a
 * program file.
 */
export function formatChanges(changes: readonly Difference[]): string {
  const groups = new Map<string, Difference[]>()
  for (const change of changes) {
    const name = groupOf(change.path)
    groups.set(name, [...(groups.get(name) ?? []), change])
  }
  return [...groups]
    .map(([name, group]) => [headOf(name, group), ...group.map((change) => `  ${line(name, change)}`)].join('\n'))
    .join('\n')
}

/** One reward, campaign, store or tier; else a section of the file. */
function groupOf(path: string): string {
  const [first = '', second] = path.split('.')
  if ((first === 'rewards' || first === 'campaigns') && second !== undefined) return `${first}.${second}`
  return path.startsWith('tiers.levels.') ? path.split('.').slice(0, 3).join('.') : first
}

/** What every reward, campaign, store and tier has: where it comes or goes, the whole of it does. */
const ALWAYS_THERE: Readonly<Record<string, string>> = { rewards: 'label', campaigns: 'trigger', tiers: 'from' }

function headOf(name: string, changes: readonly Difference[]): string {
  const section = name.split(/[.[]/)[0] ?? ''
  const sign = name.startsWith('stores[') ? 'name' : name.includes('.') ? ALWAYS_THERE[section] : undefined
  const identity = changes.find(({ path }) => sign !== undefined && path === `${name}.${sign}`)
  if (!identity) return name
  if (identity.before === undefined) return `${name} (new)`
  return identity.after === undefined ? `${name} (removed)` : name
}

function line(group: string, { path, before, after }: Difference): string {
  const name = path.startsWith(`${group}.`) ? path.slice(group.length + 1) : path
  if (before === undefined) return `+ ${name}: ${spoken(after)}`
  return after === undefined ? `- ${name}: ${spoken(before)}` : `~ ${name}: ${spoken(before)} → ${spoken(after)}`
}

/** JSON as YAML's flow style has it: without the quotes that nobody needs. */
function spoken(json = ''): string {
  const value: unknown = JSON.parse(json)
  if (Array.isArray(value)) return `[${value.map((item) => spoken(JSON.stringify(item))).join(', ')}]`
  if (typeof value === 'object' && value !== null)
    return `{ ${Object.entries(value)
      .map(([key, inner]) => `${key}: ${spoken(JSON.stringify(inner))}`)
      .join(', ')} }`
  return typeof value === 'string' ? value : json
}
