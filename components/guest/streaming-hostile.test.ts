/**
 * Scripts that use the ends of bodies in each wrong way: at most they end themselves.
 *
 * @module
 */
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildAgent } from '../../host/toolchain/index.ts'
import { manifestFromObject } from '../../runtime/manifest/index.ts'
import { Runtime } from '../../runtime/presets/index.ts'

let runtime: Runtime
let agent: Awaited<ReturnType<Runtime['load']>>
let outcomes: string[] = []

beforeAll(async () => {
  runtime = new Runtime({
    drivers: { log: { write: () => {} } },
    onInvocation: ({ outcome }) => void outcomes.push(outcome.state),
  })
  const directory = fileURLToPath(new URL('fixture/streaming', import.meta.url))
  const built = await buildAgent({ directory })
  const { limits } = manifestFromObject({
    name: 'streaming',
    limits: { memoryBytes: 32 * 2 ** 20, deadlineMs: 2000 },
  })
  agent = await runtime.load({ ...built, manifest: { ...built.manifest, limits } })
}, 120_000)

afterAll(() => runtime.close())

async function ask(way: string): Promise<[status: number, answer: unknown, outcome: string]> {
  outcomes = []
  const response = await agent.fetch(new Request(`http://agent/hostile/${way}`))
  const answer: unknown = response.ok ? await response.json() : undefined
  return [response.status, answer, outcomes.join()]
}

it.each([
  'drop-twice',
  'drop-while-reading',
  'read-twice',
  'end-of-another-kind',
  'write-to-a-readable-end',
  'forged-end',
  'end-that-is-no-number',
])('%s ends the agent', async (way) => {
  expect(await ask(way)).toEqual([500, undefined, 'trapped'])
  expect(await ask('cancel-what-is-not-there')).toEqual([200, null, 'completed'])
})

it.each<[way: string, answer: unknown]>([
  ['write-to-a-dropped-end', 1],
  ['cancel-what-is-not-there', null],
  ['bytes-that-go-away', 'object'],
  ['many-writes', 10_000],
])('%s does no harm', async (way, answer) => {
  expect(await ask(way)).toEqual([200, answer, 'completed'])
})

it('bytes that are none are an error of the script', async () => {
  expect(await ask('bytes-that-are-none')).toEqual([500, undefined, 'failed'])
})

it('reads that wait take the memory of the agent', async () => {
  expect(await ask('many-reads')).toEqual([500, undefined, 'trapped'])
  expect(await ask('write-to-a-dropped-end')).toEqual([200, 1, 'completed'])
})
