import { linkSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { manifestFromObject } from '../../../runtime/manifest/index.ts'
import { revisionOf } from './agent-history.ts'
import { DeployedAgents } from './deployed-agents.ts'
import type { AgentBundle } from './protocol.ts'

let data = ''

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'mayfly-deployed-'))
})

afterEach(() => rmSync(data, { recursive: true, force: true }))

function bundle(name: string, description: string, code = 1): AgentBundle {
  const manifest = manifestFromObject({ name, description })
  const component = Uint8Array.of(code, 2, 3)
  return { manifest, component, revision: revisionOf(manifest, component) }
}

it('keep() overwrites no file that the version before needs', () => {
  const deployed = new DeployedAgents(data)
  deployed.keep(bundle('shop', 'one'))
  const folder = join(data, 'deployed')
  const [component = ''] = readdirSync(folder).filter((file) => file.endsWith('.wasm'))
  // Whoever overwrites the file would overwrite this one.
  const other = join(data, 'other')
  linkSync(join(folder, component), other)
  deployed.keep(bundle('shop', 'two'))
  expect(readdirSync(folder)).toEqual([component, 'shop.json'])
  expect(statSync(join(folder, component)).ino).not.toBe(statSync(other).ino)
})

it('keep() leaves what other agents need, however alike their names are', () => {
  const deployed = new DeployedAgents(data)
  const names = ['a', 'a-b', 'ab']
  for (const name of names) deployed.keep(bundle(name, 'one'))
  deployed.keep(bundle('a', 'two', 9))
  const served = new DeployedAgents(data).merge([])
  expect(served.map(({ manifest }) => manifest.name)).toEqual(names)
  expect(served[0]?.manifest.description).toBe('two')
})
