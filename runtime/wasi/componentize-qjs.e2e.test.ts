/** Components of componentize-qjs that keep their imports of WASI. @module */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { componentize } from 'componentize-qjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Agent } from '../agents/index.ts'
import { Runtime } from '../presets/index.ts'
import { HAS_PEERS, NEEDS_PEERS } from '../testing/peers.ts'

const WIT = `package test:tool;
world tool {
  export greet: async func(name: string) -> string;
  export draw: async func() -> list<f64>;
  export count: async func() -> u32;
}`

const SOURCE = `
let calls = 0
export async function greet(name) { return 'Hello, ' + name + '!' }
export async function draw() { return [Math.random(), Date.now()] }
export async function count() { return ++calls }
`

describe.runIf(HAS_PEERS)(
  `a component of componentize-qjs with its own WASI (${NEEDS_PEERS})`,
  () => {
    const runtime = new Runtime()
    let component: Uint8Array
    let agent: Agent

    beforeAll(async () => {
      const directory = mkdtempSync(join(tmpdir(), 'mayfly-qjs-'))
      try {
        writeFileSync(join(directory, 'tool.wit'), WIT)
        const options = { witPath: directory, world: 'tool', jsSource: SOURCE, stubWasi: false }
        component = new Uint8Array((await componentize(options)).component)
      } finally {
        rmSync(directory, { recursive: true })
      }
      agent = await runtime.load({ component, manifest: { name: 'tool' } })
    }, 60_000)

    afterAll(() => runtime.close())

    it('imports WASI and is stamped', () => {
      const text = Buffer.from(component).toString('latin1')
      expect(text).toMatch(/wasi:clocks\/wall-clock@0\.2/)
      expect(agent.stats()).toMatchObject({ unstampable: [] })
    })

    it('answers from the same state every time', async () => {
      for (let round = 0; round < 5; round++) expect(await agent.call('count')).toBe(1)
      expect(await agent.call('greet', ['Ada'])).toBe('Hello, Ada!')
    })

    it('has the time of the call', async () => {
      const [, now] = (await agent.call('draw')) as number[]
      expect(Math.abs(Number(now) - Date.now())).toBeLessThan(5000)
    })

    it('has the clock that the manifest fixes', async () => {
      const fixed = await runtime.load({
        component,
        manifest: { name: 'fixed', capabilities: { clock: 'fixed' } },
      })
      const draws = [await fixed.call('draw'), await fixed.call('draw')] as number[][]
      expect(draws[0]?.[1]).toBe(draws[1]?.[1])
    })
  },
)
