import { nextState, ORDER_STATES, ORDER_STATUSES, type OrderState } from '@regulars/contract'

/** The order workflow as a page: the transition table drawn, and as it is. */
export function workflowPage(): string {
  return [
    '# The order workflow',
    '',
    'Made by `npm run generate` from the transition table in `contract`, which the server decides by.',
    '',
    '```mermaid',
    'stateDiagram-v2',
    ...arrows(),
    '```',
    '',
    'Rows are what the order is, columns what the call says, cells what the order becomes. An empty cell is 409 (`refunded` for an order never heard of:',
    '404). `billed` and `completed` do the steps they skip, in the same transaction; an account with `strict_sequence` refuses to skip. A partial refund',
    'leaves the order where it is; the cell shows where the last one leads. Repeats of an accepted call are answered from memory before this table is asked.',
    '',
    `| | ${ORDER_STATUSES.map((status) => `\`${status}\``).join(' | ')} |`,
    `| --- |${ORDER_STATUSES.map(() => ' --- |').join('')}`,
    ...ORDER_STATES.map(
      (state) => `| ${nameOf(state)} | ${ORDER_STATUSES.map((status) => nextState(state, status) ?? '').join(' | ')} |`,
    ),
    '',
  ].join('\n')
}

function arrows(): string[] {
  return ORDER_STATES.flatMap((from) =>
    ORDER_STATES.flatMap((to) => {
      const by = ORDER_STATUSES.filter((status) => nextState(from, status) === to)
      return by.length === 0 ? [] : [`  ${from === 'none' ? '[*]' : from} --> ${to}: ${by.join(', ')}`]
    }),
  )
}

const nameOf = (state: OrderState): string => (state === 'none' ? 'not heard of' : state)
