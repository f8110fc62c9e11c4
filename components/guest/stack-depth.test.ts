/** `build.stackBytes`: scripts that recurse without end meet an error that they can catch. @module */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildAgent } from '../../host/toolchain/index.ts'
import type { Agent } from '../../runtime/agents/index.ts'
import { STACK_BYTES } from '../../runtime/manifest/index.ts'
import { Runtime } from '../../runtime/presets/index.ts'

const FIXTURE = join(import.meta.dirname, 'fixture', 'deep')
const folder = mkdtempSync(join(tmpdir(), 'mayfly-deep-'))
const runtime = new Runtime({ warmUp: false })
let deepest: Agent

beforeAll(async () => {
  deepest = await runtime.load(await buildAgent({ directory: FIXTURE }))
}, 240_000)

afterAll(async () => {
  await runtime.close()
  rmSync(folder, { recursive: true })
})

async function ask(agent: Agent, path: string): Promise<unknown> {
  const response = await agent.fetch(new Request(`http://x/${path}`))
  const text = await response.text()
  return response.status === 200 ? text : `${response.status}: ${text}`
}

/** The fixture with other settings. */
async function withSettings(manifest: object): Promise<Agent> {
  const source = readFileSync(join(FIXTURE, 'agent.ts'), 'utf8')
  writeFileSync(join(folder, 'agent.ts'), source)
  const json = { name: 'deep', source: 'agent.ts', ...manifest }
  writeFileSync(join(folder, 'agent.json'), JSON.stringify(json))
  return runtime.load(await buildAgent({ directory: folder }))
}

describe('build.stackBytes', { timeout: 120_000 }, () => {
  it('at its most ends every way to recurse in an error that the agent catches', async () => {
    const names = JSON.parse(String(await ask(deepest, ''))) as string[]
    const results = new Map<string, unknown>()
    for (const name of names) results.set(name, await ask(deepest, name))
    const other = new Map([
      // That of the parser.
      ['arrows', 'SyntaxError'],
      ['group', 'SyntaxError'],
      ['look', 'SyntaxError'],
      ['match', 'returned'],
    ])
    expect(Object.fromEntries(results)).toEqual(
      Object.fromEntries(names.map((name) => [name, other.get(name) ?? 'RangeError'])),
    )
    // In one slot: none of them was lost.
    expect(deepest.stats()).toMatchObject({ failures: 0 })
  })

  it('decides how many calls fit', async () => {
    const most = Number(await ask(deepest, 'depth'))
    const usual = Number(await ask(await withSettings({}), 'depth'))
    const build = { stackBytes: STACK_BYTES.least }
    const least = Number(await ask(await withSettings({ build }), 'depth'))
    expect([most / usual, least / usual]).toEqual([
      expect.closeTo(STACK_BYTES.most / STACK_BYTES.usual, 1),
      expect.closeTo(STACK_BYTES.least / STACK_BYTES.usual, 1),
    ])
    expect(usual).toBeGreaterThan(800)
  })

  it.each([
    [{ build: { stackBytes: STACK_BYTES.most + 1 } }, 'ERR_MANIFEST_INVALID'],
    [{ build: { stackBytes: STACK_BYTES.least - 1 } }, 'ERR_MANIFEST_INVALID'],
    [{ build: { stackBytes: STACK_BYTES.most }, engine: 'starlingmonkey' }, 'ERR_BUILD_FAILED'],
  ])('refuses %j', async (manifest, code) => {
    await expect(withSettings(manifest)).rejects.toThrow(expect.objectContaining({ code }))
  })
})
