/** Packages that use `Intl`, unchanged, in an agent and in Node. @module */
import { spawnSync } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { buildAgent } from '../../../host/toolchain/index.ts'
import { Runtime } from '../../../runtime/presets/index.ts'
import { HAS_PEERS, NEEDS_PEERS } from '../../../runtime/testing/peers.ts'

const FIXTURE = fileURLToPath(new URL('../fixture/locale-packages', import.meta.url))
const directory = HAS_PEERS ? await mkdtemp(join(tmpdir(), 'mayfly-locales-')) : ''
const runtime = new Runtime()
afterAll(async () => {
  await runtime.close()
  if (directory !== '') await rm(directory, { recursive: true, force: true })
})

describe.runIf(HAS_PEERS)(`packages that use Intl, ${NEEDS_PEERS}`, () => {
  it('answer as in Node', async () => {
    await cp(FIXTURE, directory, { recursive: true })
    const install = ['ci', '--no-audit', '--no-fund', '--ignore-scripts']
    const { status, stderr } = spawnSync('npm', install, { cwd: directory, encoding: 'utf8' })
    expect(status, stderr).toBe(0)
    const loaded = (await import(pathToFileURL(join(directory, 'agent.js')).href)) as {
      default: { fetch(): Response }
    }
    const expected: unknown = await loaded.default.fetch().json()
    const agent = await runtime.load(await buildAgent({ directory }))
    const response = await agent.fetch(new Request('http://agent/'))
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual(expected)
  }, 300_000)
})
