/** The lines that the host writes about ended invocations. @module */
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { MayflyError, type MayflyErrorCode } from '../../../runtime/errors/index.ts'
import type { InvocationRecord, Outcome } from '../../../runtime/agents/index.ts'
import { logInvocation } from './logger.ts'

function linesOf(outcome: Outcome): unknown[] {
  const lines: unknown[] = []
  const logger = pino({ base: null }, { write: (line) => void lines.push(JSON.parse(line)) })
  const record: Partial<InvocationRecord> = { agent: 'a', id: '1', outcome, events: [] }
  logInvocation(logger, record as InvocationRecord) // It reads no more of it
  return lines
}

function error(code: MayflyErrorCode): MayflyError {
  return new MayflyError(code, 'why')
}

const INFO = 30
const ERROR = 50

describe('logInvocation()', () => {
  it('says that a client left as information, with the status that proxies use', () => {
    expect(linesOf({ state: 'abandoned', error: error('ERR_CLIENT_GONE') })).toMatchObject([
      { level: INFO, event: 'invocation', state: 'abandoned', status: 499, msg: 'why' },
    ])
  })

  it('says that a guest was stopped by the host as an error', () => {
    expect(linesOf({ state: 'killed', error: error('ERR_GUEST_KILLED') })).toMatchObject([
      { level: ERROR, event: 'invocation', state: 'killed', code: 'ERR_GUEST_KILLED' },
    ])
  })

  it('says nothing of an answer', () => {
    expect(linesOf({ state: 'completed', status: 500 })).toEqual([])
  })
})
