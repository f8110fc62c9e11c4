import { describe, expect, it } from 'vitest'
import type { CapabilityEvent, InvocationContext } from '../host-module/index.ts'
import { SERVER_ORDERS, type WebOrigin } from '../policy/index.ts'
import { isLeftOut, leaveOut, recordLeftOut } from './answer-fields.ts'

const SHARED: WebOrigin = { state: 'shared', folder: '/shop', isInside: true }

describe('isLeftOut()', () => {
  it('keeps the length of an answer that has no body', () => {
    expect(isLeftOut('content-length', '3', { keepsLength: false })).toBe(true)
    expect(isLeftOut('content-length', '3', { keepsLength: true })).toBe(false)
  })

  it('leaves out fields of an origin only where others are', () => {
    const name = 'service-worker-allowed'
    expect(isLeftOut(name, '/', { keepsLength: false, origin: SHARED })).toBe(true)
    const own: WebOrigin = { state: 'own', hosts: ['a.example'] }
    expect(isLeftOut(name, '/', { keepsLength: false, origin: own })).toBe(false)
    expect(isLeftOut(name, '/', { keepsLength: false })).toBe(false)
  })
})

describe('an answer that orders the server in front to send a file', () => {
  it.each(SERVER_ORDERS)('goes out without %s, also at hosts of the agent', (name) => {
    for (const origin of [undefined, SHARED, { state: 'own', hosts: ['a.example'] } as const]) {
      expect(isLeftOut(name, '/etc/passwd', { keepsLength: false, origin })).toBe(true)
    }
    expect(isLeftOut('x-accel-buffering', 'no', { keepsLength: false })).toBe(false)
  })
})

describe('leaveOut()', () => {
  it('takes out fields of the connection and of the origin, and each cookie by itself', () => {
    const headers = new Headers([
      ['connection', 'close'],
      ['trailer', 'x-sum'],
      ['content-type', 'text/plain'],
      ['alt-svc', 'h2=":1"'],
      ['set-cookie', 'a=1; Path=/'],
      ['set-cookie', 'b=2; Path=/shop'],
      ['set-cookie', 'c=3; Domain=example.com'],
    ])
    const left: string[] = []
    leaveOut(headers, { keepsLength: false, origin: SHARED, onLeftOut: (name) => left.push(name) })
    expect([...headers]).toEqual([
      ['content-type', 'text/plain'],
      ['set-cookie', 'b=2; Path=/shop'],
      ['trailer', 'x-sum'],
    ])
    expect(new Set(left)).toEqual(new Set(['alt-svc', 'set-cookie']))
  })
})

describe('recordLeftOut()', () => {
  it('records each field once for all answers of an agent', () => {
    const events: CapabilityEvent[] = []
    // The cast: nothing else of it is asked for.
    const invocation = {
      record: (event: CapabilityEvent) => events.push(event),
    } as unknown as InvocationContext
    const known = new Set<string>()
    for (const name of ['alt-svc', 'set-cookie', 'alt-svc', 'set-cookie'])
      recordLeftOut(known, invocation, SHARED, name)
    expect(events.map(({ target, outcome }) => [target, outcome])).toEqual([
      ['alt-svc', 'denied'],
      ['set-cookie', 'denied'],
    ])
    expect(events[0]).toMatchObject({ capability: 'origin', action: 'answer' })
    expect(events[0]?.hint).toContain('"hosts"')
  })
})
