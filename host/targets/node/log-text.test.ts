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

  it.each(['\n', '\r', '\u0085', '\u2028', '\u2029'])(
    'writes a request that has %j in its path as one line',
    (lineBreak) => {
      const path = `/nope${lineBreak}12:00:00 2a08b2da host: error FORGED`
      const line = text({ event: 'request', id, method: 'GET', path, status: 404, durationMs: 1 })
      expect(line.split(/[\n\r\u0085\u2028\u2029]/)).toHaveLength(2)
      expect(line).toMatch(/^12:30:05 2a08b2da host: GET \/nope\\.*FORGED 404 in 1\.0 ms\n$/)
    },
  )

  it('shows the frames of a stack below each other, and nothing else of a guest', () => {
    const stack = 'Error: a\nb\n    at f (agent.ts:1:1)\n    at \u001b[2J\n12:00:00 forged'
    expect(text({ event: 'agent', agent: 'a', id, msg: stack })).toBe(
      '12:30:05 2a08b2da a: Error: a\\nb\n    at f (agent.ts:1:1)\n    at \\x1b[2J\\n12:00:00 forged\n',
    )
  })

  it('escapes every field that comes from outside', () => {
    const evil = 'x\n\t\u001b[2J\u202e\u2067'
    const use = { capability: evil, action: evil, target: evil, result: evil, hint: evil }
    const lines = [
      text({ event: 'capability', agent: evil, id: evil, ...use }),
      text({ event: 'agent', agent: evil, id: evil, msg: evil, hint: evil }),
      text({ event: 'request', agent: evil, id: evil, method: evil, path: evil, status: 200 }),
    ].join('')
    expect(lines.split('\n')).toHaveLength(6)
    expect(lines.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  })
})
