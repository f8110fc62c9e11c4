import { parse } from '@bytecodealliance/jco'
import { beforeAll, describe, expect, it } from 'vitest'
import type { AuditEvent } from '../audit/index.ts'
import { Runtime } from '../presets/index.ts'
import { actorComponent, actors } from './testing/actor.ts'
import { hostile } from './testing/hostile.ts'

beforeAll(async () => void (await actorComponent()), 60_000)

const NOTES = { kv: { notes: { access: 'write' } } }
const SECRET = 'what only report may see'

/** An agent that may hand results of `search` on to `opaque`, and not see them. */
function sealed(opaque: unknown, more: object = {}) {
  const tools = { search: { opaque }, report: {}, echo: {} }
  return {
    caller: { capabilities: { ...NOTES, tools }, ...more },
    search: {},
    report: { capabilities: NOTES },
    echo: {},
  }
}

const ASK = ['askBlob', 'search', ['echo', SECRET]]
const TELL = ['each', ['given'], ['text', 0]]

describe('a blob', () => {
  it('is read by who made it, in part and beyond its end', async () => {
    await using stage = await actors({ caller: {} })
    const reads = [[], [2], [2, 3], [5, 100], [100, 1], [0, 0]].map((range) => [
      'text',
      0,
      ...range,
    ])
    const [, size, ...texts] = (await stage.run(
      'each',
      ...[['make', 'abcdef'], ['size', 0], ...reads],
    )) as unknown[]
    expect([size, texts]).toEqual([6, ['abcdef', 'cdef', 'cde', 'f', '', '']])
  })

  it('is a result that does not enter its taker, and is handed on with others', async () => {
    const tools = { search: {}, report: {} }
    await using stage = await actors({
      caller: { capabilities: { tools } },
      search: {},
      report: {},
    })
    const report = ['each', ['given'], ['text', 0], ['text', 1], ['text', 2]]
    expect(
      await stage.run(
        'each',
        ...[
          ['make', 'first'],
          ['askBlob', 'search', ['echo', 'ü']],
        ],
        ...[
          ['text', 1],
          ['ask', 'report', report, 1, 0, 1],
        ],
      ),
    ).toEqual([0, 1, '"ü"', [[0, 1, 2], '"ü"', 'first', '"ü"']])
  })

  it('need not be text to be a result', async () => {
    await using stage = await actors({
      caller: { capabilities: { tools: { search: {} } } },
      search: {},
    })
    const answer = ['octets', 255, 0, 254]
    expect(await stage.run('each', ['askBlob', 'search', answer], ['size', 0])).toEqual([0, 3])
    expect(await stage.run('attempt', ['ask', 'search', answer])).toBe('failed')
  })

  it('is gone with the invocation that has it, and given to no later one', async () => {
    await using stage = await actors({
      caller: { capabilities: { tools: { report: {} } } },
      report: {},
    })
    expect(await stage.run('each', ['make', 'x'], ['ask', 'report', TELL, 0])).toEqual([
      0,
      [[0], 'x'],
    ])
    expect(await stage.run('attempt', ['size', 0])).toContain('undefined')
    expect(await stage.run('attempt', ['forgeSize', 1])).toBe(500)
    expect(await stage.run('call', 'report', ['given'])).toEqual([])
  })

  it('can be given back, and then not be used', async () => {
    await using stage = await actors({ caller: {} })
    const uses = [
      ['drop', 0],
      ['drop', 0],
      ['attempt', ['size', 0]],
    ]
    expect(await stage.run('each', ['make', 'x'], ...uses)).toEqual([
      0,
      null,
      null,
      'TypeError: Cannot use a blob: it was dropped',
    ])
  })

  it('is not made by guessing', async () => {
    const tools = { tool: {} }
    await using stage = await actors({ caller: { capabilities: { tools } }, tool: {} })
    for (const handle of [2, 3, -1, 131_072, 4_294_967_295]) {
      expect(await stage.run('each', ['make', 'x'], ['forge', handle])).toBe(500)
      expect(await stage.run('forgeSize', handle)).toBe(500)
      expect(stage.endOf('caller')).toBe('trapped')
    }
    expect(stage.records.some(({ agent }) => agent === 'tool')).toBe(false)
  })
})

describe('a blob of an opaque tool', () => {
  it('is read by whom it is handed to, and by no one else', async () => {
    await using stage = await actors(sealed(true))
    const [, told, ...attempts] = (await stage.run(
      'each',
      ...[ASK, ['ask', 'report', TELL, 0]],
      ...[
        ['size', 0],
        ['text', 0],
        ['text', 0, 0, 1],
      ].map((step) => ['attempt', step]),
    )) as unknown[]
    expect(told).toEqual([[0], JSON.stringify(SECRET)])
    expect(attempts).toEqual(['denied', 'denied', 'denied'])
    const { events = [] } = stage.records.at(-1) ?? {}
    expect(events.filter(({ outcome }) => outcome === 'denied')).toMatchObject([
      { capability: 'blob', action: 'size', target: 'search' },
      { capability: 'blob', action: 'read', hint: expect.stringContaining('"opaque"') },
      { capability: 'blob', action: 'read' },
    ])
  })

  it('is the only form its result comes in', async () => {
    await using stage = await actors(sealed(true))
    expect(await stage.run('attempt', ['call', 'search', ['echo', SECRET]])).toBe('denied')
    expect(await stage.run('attempt', ['ask', 'search', ['echo', SECRET]])).toBe('denied')
    expect(await stage.run('askBlob', 'search', ['echo', SECRET])).toBe(0)
  })

  it('tells nothing through text, JSON, a store, or the log of it', async () => {
    await using stage = await actors(sealed(true))
    const [, leaked] = (await stage.run('each', ASK, ['leak', 0])) as unknown[]
    expect(leaked).toEqual(['[object Object]', '{}', 0])
    expect(await stage.run('each', ASK, ['attempt', ['store', 0]])).toEqual([
      0,
      expect.stringContaining('TypeError'),
    ])
    expect(await stage.run('read', 'stolen')).toBe('nothing')
    expect(JSON.stringify(stage.records)).not.toContain(SECRET)
  })

  it('goes only to the tools that the grant names', async () => {
    await using stage = await actors(sealed(['report']))
    const [, echoed, told] = (await stage.run(
      'each',
      ...[ASK, ['attempt', ['ask', 'echo', TELL, 0]], ['ask', 'report', TELL, 0]],
    )) as unknown[]
    expect([echoed, told]).toEqual(['denied', [[0], JSON.stringify(SECRET)]])
    expect(stage.records.some(({ agent }) => agent === 'echo')).toBe(false)
  })
})

describe('the bytes of blobs', () => {
  const limits = { blobBytes: 10 }

  it('come out of a budget, made by agent or host', async () => {
    await using stage = await actors({
      caller: { capabilities: { tools: { tool: {} } }, limits },
      tool: {},
    })
    const [, refused] = (await stage.run(
      'each',
      ...[
        ['make', '12345678'],
        ['attempt', ['make', '123']],
        ['make', '12'],
      ],
    )) as unknown[]
    expect(refused).toBe('limited')
    const inTool = ['each', ['make', '123456'], ['attempt', ['make', '123456']]]
    expect(await stage.run('call', 'tool', inTool)).toEqual([0, 'limited'])
    expect(await stage.run('attempt', ['askBlob', 'tool', ['echo', '123456789']])).toBe('limited')
    expect(await stage.run('attempt', ['askBlob', 'tool', ['echo', '12345678']])).toBe(0)
  })

  it('are let go of as they are dropped, and refused only so often', async () => {
    const generous = { deadlineMs: 60_000 }
    await using stage = await actors({
      caller: { capabilities: { tools: { tool: {} } }, limits: generous },
      tool: {},
    })
    // More than a table of handles has room for.
    expect(await stage.run('hoard', 140_000)).toBe(null)
    expect(await stage.run('repeat', 12_000, ['call', 'other', ['echo', 1]])).toBe(429)
    expect(stage.records.at(-1)?.events.length).toBeLessThan(10_010)
  })

  it('are not spent by handing them on', async () => {
    await using stage = await actors({
      caller: { capabilities: { tools: { tool: {} } }, limits },
      tool: {},
    })
    const hand = ['ask', 'tool', ['given'], ...Array(64).fill(0)]
    expect(await stage.run('each', ['make', '1234567890'], hand, ['size', 0])).toEqual([
      0,
      Array.from({ length: 64 }, (_, index) => index),
      10,
    ])
    const many = ['attempt', [...hand, 0]]
    expect(await stage.run('each', ['make', 'x'], many)).toEqual([0, 'limited'])
  })

  it('are on record where they cross', async () => {
    const events: AuditEvent[] = []
    const sink = { append: (event: AuditEvent) => void events.push(event), blocked: undefined }
    await using stage = await actors(sealed(['report']), sink)
    await stage.run('each', ASK, ['ask', 'report', TELL, 0])
    const bytes = JSON.stringify(SECRET).length
    const crossings = events.filter(({ capability }) => capability === 'blob')
    expect(crossings).toMatchObject([
      { action: 'take', target: 'search', rule: 'tools.search', bytesIn: bytes },
      { action: 'give', target: 'report', rule: 'tools.report', bytesOut: bytes },
    ])
    expect(crossings.every(({ outcome }) => outcome === 'allowed')).toBe(true)
    expect(JSON.stringify(events)).not.toContain(SECRET)
  })
})

describe('a component that declares what it likes', () => {
  const load = async (name: string) => {
    const runtime = new Runtime()
    return runtime.load({ component: await parse(hostile(name)), manifest: { name: 'hostile' } })
  }

  it('reads no blob but those in its table', async () => {
    const agent = await load('guessed-blob')
    expect(await agent.call('run', [1])).toBe(3)
    for (const handle of [0, 2, 3, 131_072, 2 ** 32 - 1]) {
      await expect(agent.call('run', [handle])).rejects.toMatchObject({ code: 'ERR_GUEST_TRAPPED' })
    }
    // The next call has a new table, without the blobs of the first.
    expect(await agent.call('run', [1])).toBe(3)
  })

  it('reaches nothing of a blob that is not in WIT', async () => {
    await expect(load('mistyped-blob')).rejects.toThrow('"mayfly:agent/blob@0.1.0"')
  })
})
