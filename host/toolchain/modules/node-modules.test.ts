/** Modules of Node inside an agent against Node's own: the same cases, the same results. @module */
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { Runtime } from '../../../runtime/presets/index.ts'
import { withPeers } from '../../../runtime/testing/peers.ts'
import { buildAgent } from '../index.ts'
import { NAMES, runCase } from './testing/cases.ts'

const directory = fileURLToPath(new URL('testing', import.meta.url))

describe.each(['quickjs', ...withPeers('componentize-qjs' as const)] as const)(
  'modules of Node on %s',
  async (engine) => {
    const runtime = new Runtime()
    afterAll(() => runtime.close())
    const agent = await runtime.load(await buildAgent({ directory, engine }))
    const ask = async (name: string): Promise<string> =>
      (await agent.fetch(new Request('http://agent/', { method: 'POST', body: name }))).text()

    it.for(NAMES)('%s', async (name) => {
      expect(await ask(name)).toBe(await runCase(name))
    })

    it('process.env is the configuration, and what an agent sets is gone with the request', async () => {
      const environment = ['hello', null, { GREETING: 'hello', OWN: 'own' }]
      expect(JSON.parse(await ask('process.env'))).toEqual(environment)
    })
  },
)
