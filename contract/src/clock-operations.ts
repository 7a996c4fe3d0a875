import { Type } from 'typebox'
import type { Operation } from './operation.ts'

/** The test environment's clock. Live time is real time, and these do not exist there. */

const Clock = Type.Object({
  now: Type.String({ format: 'date-time', description: "The environment's time." }),
  frozen: Type.Boolean({ description: 'Whether it stands still.' }),
})

const readClock: Operation = {
  operationId: 'readClock',
  method: 'GET',
  url: '/admin/v1/clock',
  summary: 'What time it is in the test environment',
  description:
    'The time that every decision of the test environment goes by, and whether it stands still. 404 in a server of the live environment alone.',
  params: {},
  query: {},
  admin: true,
  replies: { 200: { description: 'The time.', schema: Clock } },
  refusals: ['access_token_invalid', 'internal', 'unavailable', 'shutting_down'],
  examples: [
    {
      name: 'clockRuns',
      summary: 'A clock that runs',
      status: 200,
      reply: { now: '2026-03-01T12:00:00.000Z', frozen: false },
    },
  ],
}

const setClock: Operation = {
  operationId: 'setClock',
  method: 'POST',
  url: '/admin/v1/clock',
  summary: 'Move the time of the test environment, or let it run',
  description:
    'Freezes the clock of the test environment at an instant, for all its servers, so that expiry, birthdays and holds can be tried; null lets it run again with the time of the machine.',
  params: {},
  query: {},
  admin: true,
  body: Type.Object({
    now: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
      description: 'An instant with its offset, such as 2026-03-01T12:00:00Z; null to let time run.',
    }),
  }),
  replies: { 200: { description: 'The time as it is from now on.', schema: Clock } },
  refusals: [
    'access_token_invalid',
    'malformed_json',
    'field_missing',
    'field_invalid',
    'internal',
    'unavailable',
    'shutting_down',
  ],
  examples: [
    {
      name: 'freezeClock',
      summary: 'Stand still at noon',
      body: { now: '2026-03-01T12:00:00Z' },
      status: 200,
      reply: { now: '2026-03-01T12:00:00.000Z', frozen: true },
    },
    {
      name: 'noInstant',
      summary: 'An instant without an offset',
      body: { now: '2026-03-01 12:00' },
      status: 400,
      refusal: 'field_invalid',
    },
    {
      name: 'letClockRun',
      summary: 'Let it run again',
      body: { now: null },
      status: 200,
      reply: { now: '2026-03-01T12:00:00.000Z', frozen: false },
    },
  ],
}

export const CLOCK_OPERATIONS: readonly Operation[] = [readClock, setClock]
