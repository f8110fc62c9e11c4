import { describe, expect, it } from 'vitest'
import { configured, functionsOf, testInvocation } from '../../host-module/testing.ts'
import type { BudgetLimits } from '../../meter/index.ts'
import type { LogLine } from './driver.ts'
import { log } from './log.ts'

type Functions = 'write'

async function open(grant: unknown, budgets: Partial<BudgetLimits> = {}) {
  const lines: LogLine[] = []
  const capability = log({ write: (line) => void lines.push(line) })
  const ready = await configured(capability, grant)
  const invocation = testInvocation('tester', budgets)
  return {
    ...functionsOf<Functions>(capability, ready, invocation),
    lines,
    ready,
    events: invocation.events,
    fuel: () => invocation.fuel,
  }
}

describe('log()', () => {
  it('has a guest pay for each line and its length', async () => {
    const { write, fuel } = await open({ maxBytes: 100_000 })
    write('info', '')
    const line = fuel()
    expect(line).toBeGreaterThan(0)
    write('info', 'x'.repeat(10_000))
    expect(fuel() - 2 * line).toBeGreaterThanOrEqual(10_000 * 4)
  })

  it('writes lines with the agent and the request they belong to', async () => {
    const { write, lines } = await open({ maxBytes: 100 })
    write('info', 'hello')
    expect(lines).toEqual([
      { agent: 'tester', id: 'test-request', level: 'info', message: 'hello' },
    ])
  })

  it('stops at the budget of the invocation, too', async () => {
    const { write, lines, events } = await open({ maxBytes: 100 }, { logBytes: 8 })
    write('info', '1234')
    write('info', '5')
    expect(lines.map(({ level }) => level)).toEqual(['info', 'warn'])
    expect(events).toMatchObject([{ outcome: 'limited' }])
  })

  it('drops what exceeds the budget and says so once', async () => {
    const { write, lines, events } = await open({ maxBytes: 12 })
    write('info', 'fits')
    write('info', 'too long')
    write('info', 'x')
    expect(lines.map(({ message }) => message)).toEqual([
      'fits',
      'Log budget spent: further lines dropped',
    ])
    expect(events).toMatchObject([{ capability: 'log', outcome: 'limited' }])
  })

  it('drops everything when the manifest says so', async () => {
    const { write, lines, ready } = await open(false)
    write('info', 'hello')
    expect([ready.granted, lines]).toEqual([false, []])
  })
})
