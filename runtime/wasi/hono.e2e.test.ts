/** A Hono app that was built for `wasi:http` by others' tools, served as it is. @module */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LogLine } from '../capabilities/log/index.ts'
import type { Agent } from '../agents/index.ts'
import { Runtime } from '../presets/index.ts'
import { HAS_PEERS, NEEDS_PEERS } from '../testing/peers.ts'
import { honoService } from './testing/starlingmonkey.ts'

// Building takes thirty seconds on an idle machine.
const BUILD_MS = 240_000

describe.runIf(HAS_PEERS)(`a Hono app with jco-std's adapter (${NEEDS_PEERS})`, () => {
  const lines: LogLine[] = []
  const runtime = new Runtime({ drivers: { log: { write: (line) => void lines.push(line) } } })
  let agent: Agent

  beforeAll(async () => {
    // It imports `wasi:http/types` and no handler: nothing has to be granted.
    agent = await runtime.load({ component: await honoService(), manifest: { name: 'hono' } })
  }, BUILD_MS)

  afterAll(() => runtime.close())

  async function ask(path: string, init?: RequestInit): Promise<[number, string]> {
    const response = await agent.fetch(new Request(`http://host${path}`, init))
    return [response.status, await response.text()]
  }

  it('answers by its routes, from the same state every time', async () => {
    for (let round = 0; round < 20; round++) {
      expect(await ask('/?name=Ada')).toEqual([200, '{"hello":"Ada","served":1}'])
    }
    expect(await ask('/items/42')).toEqual([200, 'item 42'])
    expect(await ask('/items/x')).toEqual([404, '404 Not Found'])
    expect(agent.stats()).toMatchObject({ reset: 'pages', unstampable: [] })
  })

  it('reads headers and bodies', async () => {
    const body = new TextEncoder().encode('grüß dich '.repeat(5000))
    const response = await agent.fetch(
      new Request('http://host/echo', {
        method: 'POST',
        body,
        headers: { 'content-type': 'text/x-own' },
      }),
    )
    expect([response.status, response.headers.get('x-type')]).toEqual([201, 'text/x-own'])
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(body)
  })

  it('uses middleware, whose lines go to the log', async () => {
    lines.length = 0
    await ask('/items/7')
    expect(lines[0]).toMatchObject({ agent: 'hono', message: '<-- GET /items/7' })
  })

  it('answers 500 when a route throws', async () => {
    expect(await ask('/throw')).toEqual([500, 'Internal Server Error'])
  })
})
