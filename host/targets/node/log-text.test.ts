import { describe, expect, it } from 'vitest'
import { logText } from './log-text.ts'

const id = '2a08b2da-57e7-4508-a6a5-75218430989b'
const time = new Date(2026, 0, 1, 12, 30, 5).getTime()

function text(fields: object): string {
  return logText(JSON.stringify({ level: 'info', time, ...fields }))
}

describe('logText()', () => {
  it('shows a request in one line', () => {
    const request = { method: 'GET', path: '/hello/x', status: 200, durationMs: 3.14159 }
    expect(text({ event: 'request', agent: 'hello', id, ...request })).toBe(
      '12:30:05 2a08b2da hello: GET /hello/x 200 in 3.1 ms\n',
    )
  })

  it('shows a denial with the line that would allow it', () => {
    const use = { capability: 'kv', action: 'get', target: 'notes', result: 'denied' }
    expect(
      text({ level: 'warn', event: 'capability', agent: 'a', id, ...use, hint: 'Add it' }),
    ).toBe('12:30:05 2a08b2da a: warn kv get "notes" denied\n  Add it\n')
  })

  it('shows what a guest wrote without doing what it says', () => {
    expect(text({ event: 'agent', agent: 'a', id, msg: 'red \u001b[31m\r\u009b2Jtext' })).toBe(
      '12:30:05 2a08b2da a: red \\x1b[31m\\x0d\\x9b2Jtext\n',
    )
  })
})
