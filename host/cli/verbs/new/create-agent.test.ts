/** @module */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { buildAgent, loadManifest } from '../../../toolchain/index.ts'
import { createAgent } from './create-agent.ts'

const ROOT = mkdtempSync(join(tmpdir(), 'mayfly-new-'))

afterAll(() => rmSync(ROOT, { recursive: true }))

describe('createAgent()', () => {
  test('makes an agent that builds', async () => {
    const { directory, files } = await createAgent({ path: join(ROOT, 'hello') })
    expect(files).toEqual(['README.md', 'agent.json', 'agent.test.ts', 'agent.ts', 'package.json'])
    expect(loadManifest(directory).manifest).toMatchObject({ name: 'hello', source: 'agent.ts' })
    const { component } = await buildAgent({ directory, cacheDirectory: join(ROOT, 'cache') })
    expect(component.length).toBeGreaterThan(1_000_000)
  }, 60_000)

  test('fills in every word', async () => {
    const { directory, files } = await createAgent({ path: join(ROOT, 'filled-in') })
    for (const file of files)
      expect(readFileSync(join(directory, file), 'utf8')).not.toMatch(/\{\{|\}\}/)
  })

  test('brings no package.json into a package', async () => {
    const root = join(ROOT, 'project')
    mkdirSync(root)
    writeFileSync(join(root, 'package.json'), '{}')
    const { files } = await createAgent({ path: join(root, 'agents', 'hello') })
    expect(files).not.toContain('package.json')
  })

  test('takes a folder that is empty and refuses one that is not', async () => {
    const path = join(ROOT, 'occupied')
    mkdirSync(path)
    await createAgent({ path })
    const before = readdirSync(path)
    await expect(createAgent({ path })).rejects.toMatchObject({ code: 'ERR_USAGE' })
    expect(readdirSync(path)).toEqual(before)
  })

  test('refuses a path where a file is', async () => {
    const path = join(ROOT, 'file')
    writeFileSync(path, '')
    await expect(createAgent({ path })).rejects.toMatchObject({ code: 'ERR_USAGE' })
  })

  test.each(['Hello', '1st', 'a_b', 'a--b', 'a b', '-a', 'é'])(
    'refuses the name %s',
    async (name) => {
      const made = createAgent({ path: join(ROOT, name) })
      await expect(made).rejects.toMatchObject({ code: 'ERR_USAGE' })
      expect(readdirSync(ROOT)).not.toContain(name)
    },
  )
})
