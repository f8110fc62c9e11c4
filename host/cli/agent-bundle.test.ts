import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bundleAgent } from './agent-bundle.ts'
import { writeFiles } from './testing/mayfly-process.ts'

const EMPTY = new Uint8Array([0, 97, 115, 109, 13, 0, 1, 0])

describe('bundleAgent() of a component', () => {
  let folder = ''
  const file = (): string => join(folder, 'My_Tool.wasm')
  const capabilities = { kv: { notes: { access: 'read' } } }

  beforeEach(() => {
    folder = writeFiles(mkdtempSync(join(tmpdir(), 'mayfly-bundle-')), { 'My_Tool.wasm': EMPTY })
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('grants nothing when there is no manifest', async () => {
    const { manifest } = await bundleAgent(file())
    expect([manifest.name, manifest.capabilities.kv]).toEqual(['my-tool', undefined])
  })

  it.for([
    { name: 'notes', component: './My_Tool.wasm' },
    { name: 'my-tool', source: 'agent.ts' },
  ])('takes a manifest beside it that is its own: $name', async (own) => {
    writeFiles(folder, { 'agent.json': { ...own, capabilities } })
    const { manifest } = await bundleAgent(file())
    expect(manifest.name).toBe(own.name)
    expect(manifest.capabilities).toMatchObject(capabilities)
  })

  it.for([
    { name: 'my-tool', component: 'other.wasm' },
    { name: 'other', source: 'agent.ts' },
  ])('takes none of another agent', async (other) => {
    writeFiles(folder, { 'agent.json': { ...other, capabilities } })
    const { manifest } = await bundleAgent(file())
    expect([manifest.name, manifest.capabilities.kv]).toEqual(['my-tool', undefined])
  })
})
