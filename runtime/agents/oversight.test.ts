/** Statistics of a running agent for its embedder, and the embedder's ways to control it. @module */

import { describe, expect, it } from 'vitest'
import type { AuditEvent, AuditSink } from '../audit/index.ts'
import type { Capability } from '../host-module/index.ts'
import { GuestError } from '../host-module/index.ts'
import { componentOf } from '../link/testing/component.ts'
import { Budget } from '../meter/index.ts'
import { replaceGrants, Runtime, type Agent, type RuntimeOptions } from './index.ts'

const HOST = 't:t/host'
const WIT = `package t:t; interface host { touch: func(n: u32) -> u32; }
  world w { import host; export run: func(n: u32) -> u32; export spin: func(n: u32) -> u32; }`
const GUEST = await componentOf(
  WIT,
  `(module (import "t:t/host" "touch" (func $use (param i32) (result i32)))
    (func (export "run") (param i32) (result i32)
      (local $last i32)
      (loop $again
        (local.set $last (call $use (local.get 0)))
        (br_if $again (local.get $last)))
      (local.get $last))
    (func (export "spin") (param i32) (result i32) (loop $again (br $again)) (unreachable)))`,
)

/** Answers 1, so that the guest continues, until it is narrowed to nothing: then 0. */
function tool(): Capability {
  return {
    name: 'kv',
    interfaces: [HOST],
    example: '',
    suspends: [],
    configure({ grant }) {
      let granted = grant !== undefined
      return {
        granted: true,
        attenuate: (narrowed) => void (granted = narrowed !== undefined),
        prepare: (context) => ({
          [HOST]: {
            touch: () => {
              const outcome = granted ? 'allowed' : 'denied'
              if (!context.budget.take('kvOperations')) throw new GuestError('limited')
              context.record({ capability: 'kv', action: 'use', target: 'notes', outcome })
              return granted ? 1 : 0
            },
          },
        }),
        async [Symbol.asyncDispose]() {},
      }
    },
  }
}

interface Watched extends AsyncDisposable {
  readonly agent: Agent
  readonly events: AuditEvent[]
  /** Why nothing may run. */
  block(reason: string | undefined): void
}

async function watched(
  limits: Readonly<Record<string, unknown>> = {},
  options: Partial<RuntimeOptions> = {},
): Promise<Watched> {
  const events: AuditEvent[] = []
  let blocked: string | undefined
  const audit: AuditSink = {
    append: (event) => void events.push(event),
    get blocked() {
      return blocked
    },
  }
  const runtime = new Runtime({ capabilities: [tool()], audit, ...options })
  const capabilities = { kv: { notes: { access: 'read' } } }
  const agent = await runtime.load({
    component: GUEST,
    manifest: { name: 'guest', capabilities, limits },
  })
  return {
    agent,
    events,
    block: (reason) => void (blocked = reason),
    [Symbol.asyncDispose]: () => runtime.close(),
  }
}

describe('Runtime with an audit log', () => {
  it('records what was loaded, used, and how each invocation ended', async () => {
    await using host = await watched({ kvOperations: 2 })
    const { agent, events } = host
    await expect(agent.call('run', [1], { id: 'mine', caller: 'agent:planner' })).rejects.toThrow()
    expect(events.map(({ kind, invocation, outcome }) => [kind, invocation, outcome])).toEqual([
      ['deploy', undefined, 'completed'],
      ['use', 'mine', 'allowed'],
      ['use', 'mine', 'allowed'],
      ['invocation', 'mine', 'limited'],
    ])
    const [deployed, , , ended] = events
    expect(ended).toMatchObject({ caller: 'agent:planner', reason: 'budget kvOperations' })
    expect(ended?.fuel).toBeGreaterThan(0)
    for (const fact of ['component', 'policy'] as const) {
      expect(ended?.[fact]).toBe(deployed?.[fact])
    }
  })

  it('runs nothing while it cannot be recorded', async () => {
    await using host = await watched({ deadlineMs: 50 })
    host.block('the disk is full')
    await expect(host.agent.call('spin', [1])).rejects.toMatchObject({
      code: 'ERR_HOST_UNAVAILABLE',
    })
    expect((await host.agent.fetch(new Request('http://any/'))).status).toBe(503)
    host.block(undefined)
    await expect(host.agent.call('spin', [1])).rejects.toMatchObject({
      facts: { limit: 'deadline' },
    })
  })
})

describe('RuntimeOptions.poll', () => {
  it('lets a host kill an agent that computes', async () => {
    const under: { agent?: Agent } = {}
    let polls = 0
    await using host = await watched(
      {},
      { poll: () => void (++polls === 3 && under.agent?.kill()) },
    )
    under.agent = host.agent
    await expect(host.agent.call('spin', [1])).rejects.toMatchObject({ code: 'ERR_GUEST_KILLED' })
    expect(host.events.at(-1)).toMatchObject({ outcome: 'killed' })
  })

  it('lets a host narrow an agent that calls it without end', async () => {
    const under: { agent?: Agent } = {}
    let polls = 0
    const capabilities = { log: false, clock: 'coarse', random: true } as const
    const narrow = (agent: Agent | undefined): void =>
      void (agent && replaceGrants(agent, capabilities, 'sha256:new'))
    await using host = await watched(
      {},
      { poll: () => void (++polls === 10 && narrow(under.agent)) },
    )
    under.agent = host.agent
    expect(await host.agent.call('run', [1])).toBe(0)
    const uses = host.events.filter(({ kind }) => kind === 'use')
    expect(uses.at(-1)).toMatchObject({ outcome: 'denied', policy: 'sha256:new' })
    expect(uses.filter(({ outcome }) => outcome === 'denied')).toHaveLength(1)
    expect(host.agent.manifest.capabilities.kv).toBeUndefined()
  })
})

describe('Agent.attenuate()', () => {
  it('takes grants away at once, and names in the audit log what is left', async () => {
    await using host = await watched({ kvOperations: 20 })
    const { agent, events } = host
    const [deployed] = events
    const attenuated = agent.attenuate({ revoke: ['kv.notes'] })
    expect(agent.manifest.capabilities.kv?.['notes']?.expires).toBeDefined()
    // The hash of the remaining grants takes a moment.
    const called = agent.call('run', [1]).catch(() => {})
    expect(events.slice(1).filter(({ policy }) => policy !== undefined)).toEqual([])
    await attenuated
    expect(events.at(-1)).toMatchObject({ kind: 'grants', agent: 'guest' })
    expect(events.at(-1)?.policy).toMatch(/^sha256:/)
    expect(events.at(-1)?.policy).not.toBe(deployed?.policy)
    await called
  })

  it('names the last of several that come at once', async () => {
    await using host = await watched()
    const { agent, events } = host
    await Promise.all([
      agent.attenuate({ narrow: { 'kv.notes': { maxUses: 9 } } }),
      agent.attenuate({ narrow: { 'kv.notes': { maxUses: 3 } } }),
    ])
    expect(agent.manifest.capabilities.kv).toMatchObject({ notes: { maxUses: 3 } })
    expect(events.filter(({ kind }) => kind === 'grants')).toHaveLength(1)
  })

  it.each([
    ['more than was granted', { narrow: { 'kv.notes': { access: 'write' } } }, 'CAPABILITY_DENIED'],
    ['what was not granted', { revoke: ['kv.other'] }, 'VALUE_MISMATCH'],
    ['no attenuation', { grant: ['kv.other'] } as object, 'VALUE_MISMATCH'],
  ])('refuses %s and changes nothing', async (_, attenuation, code) => {
    await using host = await watched()
    const { manifest } = host.agent
    await expect(host.agent.attenuate(attenuation)).rejects.toMatchObject({ code: `ERR_${code}` })
    expect(host.agent.manifest).toBe(manifest)
    expect(host.events).toHaveLength(1)
  })
})

describe('Agent.disable()', () => {
  it('refuses what comes and leaves what is under way', async () => {
    const under: { agent?: Agent } = {}
    let polls = 0
    const options = { poll: () => void (++polls === 3 && under.agent?.disable()) }
    await using host = await watched({ kvOperations: 20 }, options)
    under.agent = host.agent
    const refused = { code: 'ERR_RUNTIME_CLOSED' }
    await expect(host.agent.call('run', [1])).rejects.not.toMatchObject(refused)
    await expect(host.agent.call('run', [1])).rejects.toMatchObject(refused)
    host.agent.disable(false)
    await expect(host.agent.call('run', [1])).rejects.not.toMatchObject(refused)
  })
})

describe('CallOptions.budget', () => {
  it('is spent by what is called on behalf of another', async () => {
    await using caller = await watched({ kvOperations: 5 })
    await using callee = await watched({ kvOperations: 1000 })
    const budget = new Budget(caller.agent.manifest.limits)
    await expect(callee.agent.call('run', [1], { budget })).rejects.toThrow()
    expect(callee.events.filter(({ kind }) => kind === 'use')).toHaveLength(5)
    expect(budget.left('kvOperations')).toBe(0)
  })
})
