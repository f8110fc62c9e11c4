import { beforeEach, describe, expect, it } from 'vitest'
import { manifestFromObject } from '../../runtime/manifest/index.ts'
import { AgentLedger } from './agent-ledger.ts'
import { memoryState, type StateStore } from './state/index.ts'

let state: StateStore

beforeEach(() => {
  state = memoryState()
})

function version(stores: readonly string[], bytes: readonly number[] = [1]) {
  const kv = Object.fromEntries(stores.map((name) => [name, { access: 'read' }]))
  const manifest = manifestFromObject({ name: 'shop', capabilities: { kv } })
  return { manifest, component: new Uint8Array(bytes), imports: [] }
}

describe('AgentLedger.approve()', () => {
  it('approves the first version, and every one that gains nothing', async () => {
    const ledger = new AgentLedger(state)
    expect((await ledger.approve(version(['a', 'b']), false)).diff).toBeUndefined()
    const fewer = await ledger.approve(version(['a'], [2]), false)
    expect(fewer.diff).toEqual({ gained: [], lost: ['kv b read'] })
  })

  it('approves what gains only when told to, and that version from then on', async () => {
    const ledger = new AgentLedger(state)
    await ledger.approve(version(['a']), false)
    await expect(ledger.approve(version(['a', 'b']), false)).rejects.toMatchObject({
      code: 'ERR_CAPABILITY_DENIED',
      message: expect.stringContaining('+ kv b read'),
      hint: expect.stringContaining('--allow-new-capabilities'),
    })
    await ledger.approve(version(['a', 'b']), true)
    const next = new AgentLedger(state)
    expect((await next.approve(version(['a', 'b']), false)).diff).toBeUndefined()
    // A power that was given up has to be approved again.
    await next.approve(version(['a']), false)
    await expect(next.approve(version(['a', 'b']), false)).rejects.toThrow('gains')
  })

  it('forgets what was narrowed when another version comes, not that the agent is disabled', async () => {
    const ledger = new AgentLedger(state)
    const first = version(['a'])
    await ledger.approve(first, false)
    ledger.attenuate('shop', { ...first.manifest.capabilities, kv: {} })
    ledger.disable('shop', true)
    const next = new AgentLedger(state)
    await next.approve(first, false)
    expect(next.narrowed('shop')).toMatchObject({ kv: {} })
    await next.approve(version(['a'], [2]), false)
    expect([next.narrowed('shop'), next.isDisabled('shop')]).toEqual([undefined, true])
  })

  it('knows no agent of the name of a property', async () => {
    const ledger = new AgentLedger(memoryState())
    expect([ledger.isDisabled('constructor'), ledger.narrowed('__proto__')]).toEqual([
      false,
      undefined,
    ])
  })
})

describe('AgentLedger', () => {
  async function text(): Promise<string> {
    await new AgentLedger(state).approve(version(['a']), false)
    return new TextDecoder().decode(state.read('agents.json'))
  }

  it('refuses a file it did not write', async () => {
    const written = await text()
    for (const broken of [written.slice(0, 40), '[]', '{"version":0,"agents":{}}', 'null']) {
      state.replace('agents.json', new TextEncoder().encode(broken))
      expect(() => new AgentLedger(state)).toThrow('Cannot read approvals "agents.json in memory"')
    }
  })

  it('refuses what a newer host wrote, and says what to do', async () => {
    const newer = (await text()).replace('"version": 1', '"version": 2')
    state.replace('agents.json', new TextEncoder().encode(newer))
    const error = expect.objectContaining({
      code: 'ERR_HOST_UNAVAILABLE',
      message: expect.stringContaining('it is of version 2, this host knows version 1'),
      hint: expect.stringContaining('--data'),
    })
    expect(() => new AgentLedger(state)).toThrow(error)
  })
})
