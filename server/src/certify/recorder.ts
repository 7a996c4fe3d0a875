import type { Exchange } from './partner.ts'

/** A request, its answer, and what was expected of it. */
export interface Evidence {
  /** Why the call was made. */
  readonly purpose: string
  readonly exchange: Exchange
  readonly expectations: Expectation[]
}

export interface Expectation {
  readonly expected: string
  readonly met: boolean
  /** What was there instead. */
  readonly found?: string
}

/** What the server did is not what it must do: the check has failed. */
export class CheckFailed extends Error {
  override readonly name = 'CheckFailed'
}

/** What a check needs first could not be had, so it says nothing about the check itself. */
export class CheckBlocked extends Error {
  override readonly name = 'CheckBlocked'
}

/** This program, or this server, has nothing of the kind. */
export class NotApplicable extends Error {
  override readonly name = 'NotApplicable'
}

/** Keeps what was asked and answered in one check. The first expectation that is not met ends it. */
export interface Recorder {
  readonly evidence: readonly Evidence[]
  add(purpose: string, exchange: Exchange): void
  /** @throws CheckFailed, or inside `prepare` CheckBlocked, when it is not met. */
  expect(exchange: Exchange, expected: string, met: boolean, found?: string): void
  /** What is needed before the check begins: failing there is not the check's failure. */
  prepare<T>(what: string, work: () => Promise<T>): Promise<T>
}

export function createRecorder(): Recorder {
  const evidence: Evidence[] = []
  const preparing: string[] = []
  return {
    evidence,
    add(purpose, exchange) {
      evidence.push({ purpose, exchange, expectations: [] })
    },
    expect(exchange, expected, met, found) {
      const entry = evidence.find((candidate) => candidate.exchange === exchange)
      entry?.expectations.push({ expected, met, ...(!met && found !== undefined && { found }) })
      if (met) return
      const sentence = `expected ${expected}${found === undefined ? '' : `; found ${found}`}`
      if (preparing.length > 0) throw new CheckBlocked(`${preparing.join(': ')}: ${sentence}`)
      throw new CheckFailed(sentence)
    },
    async prepare(what, work) {
      preparing.push(what)
      try {
        return await work()
      } finally {
        preparing.pop()
      }
    },
  }
}
