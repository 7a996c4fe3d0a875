import { CHECK_GROUPS, CHECK_NAMES, checkOf } from '@regulars/contract'

/** docs/generated/certification-checks.md: the checklist, as both directions ask it. */
export function certificationPage(): string {
  const lines = [
    '# Certification checklist',
    '',
    'Generated from `contract/src/certification.ts`. `regulars certify` asks a server for the middle column; `regulars certification status` ticks the last one by what a partner has sent.',
  ]
  for (const [group, title] of Object.entries(CHECK_GROUPS)) {
    lines.push('', `## ${title}`, '', '| check | a server | a partner |', '| --- | --- | --- |')
    for (const name of CHECK_NAMES) {
      const { group: of, title, server, partner } = checkOf(name)
      if (of === group) lines.push(`| ${title}<br>\`${name}\` | ${server} | ${partner ?? 'only a client can try it'} |`)
    }
  }
  return `${lines.join('\n')}\n`
}
