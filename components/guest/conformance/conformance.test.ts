/**
 * The guest library inside an agent against Node's own Web APIs: the same cases, the same results.
 *
 * @module
 */
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { buildAgent } from '../../../host/toolchain/index.ts'
import { Runtime } from '../../../runtime/presets/index.ts'
import { withPeers } from '../../../runtime/testing/peers.ts'
import { cases, runCase } from './cases.ts'

// Where Node departs from the standard, or the standard leaves it open; each with its reason.
const DIFFERENT: Readonly<Record<string, string>> = {}

const directory = fileURLToPath(new URL('.', import.meta.url))

// The same library over the natives of our engine, and over a plain engine.
describe.each(['quickjs', ...withPeers('componentize-qjs' as const)] as const)(
  'guest library on %s',
  async (engine) => {
    const runtime = new Runtime()
    afterAll(() => runtime.close())
    const agent = await runtime.load(await buildAgent({ directory, engine }))

    it.for(Object.keys(cases))('%s', async (name) => {
      const request = new Request('http://agent/', { method: 'POST', body: name })
      const response = await agent.fetch(request)
      expect(await response.text()).toBe(DIFFERENT[name] ?? (await runCase(name)))
    })
  },
)
