import { ERRORS, type ErrorName, errorExample, OPERATIONS } from '@regulars/contract'

/** The table of errors as a page: what a partner sees, with the facts of each row's example. */
export function errorPage(): string {
  const names = Object.keys(ERRORS) as ErrorName[]
  const codes = [...new Set(names.map((name) => `${ERRORS[name].status} ${ERRORS[name].code}`))].sort()
  return [
    '# Errors',
    '',
    'Made by `npm run generate` from the table of errors in `contract`. An answer that is no success has this body:',
    '',
    '```json',
    JSON.stringify(errorExample('reward_held', 'postOrder'), null, 2),
    '```',
    '',
    '`code` is the number that the reference API uses; several errors share one. `reason` names the error for machines and never changes. `details` may be',
    'shown to a customer, `message` is for the developer. `status` stands only in answers to order calls. At `checkout` a reward that does not apply is no',
    'error: the answer is 200 with discount 0, the `details` below as `message`, and the `reason`.',
    '',
    ...codes.flatMap((code) => section(code, names)),
    '## Which operation can answer what',
    '',
    ...OPERATIONS.flatMap(({ operationId, method, url, refusals }) => [
      `**\`${operationId}\`** (\`${method} ${url}\`): ${refusals.map((name) => `\`${name}\``).join(', ')}`,
      '',
    ]),
  ].join('\n')
}

function section(statusAndCode: string, names: readonly ErrorName[]): string[] {
  const [status, code] = statusAndCode.split(' ')
  const rows = names.filter((name) => `${ERRORS[name].status} ${ERRORS[name].code}` === statusAndCode)
  return [
    `## HTTP ${status}, code ${code}`,
    '',
    '| reason | message | details |',
    '| --- | --- | --- |',
    ...rows.map((name) => {
      const { message, details } = errorExample(name)
      return `| \`${name}\` | ${cell(message)} | ${cell(details)} |`
    }),
    '',
  ]
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
