/** @module */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { engineOf } from '../../../../runtime/manifest/index.ts'
import { buildAgent, loadManifest, peerVersions, TOOLS } from '../../../toolchain/index.ts'
import { createAgent } from './create-agent.ts'
import { TEMPLATES } from './template.ts'

const ROOT = mkdtempSync(join(tmpdir(), 'mayfly-new-'))

afterAll(() => rmSync(ROOT, { recursive: true }))

describe('createAgent()', () => {
  test('makes an agent that builds', async () => {
    const { directory, files } = await createAgent({ path: join(ROOT, 'hello') })
    expect(files).toEqual([
      '.gitignore',
      'README.md',
      'agent.json',
      'agent.ts',
      'package.json',
      'test/agent.test.mts',
      'test/tsconfig.json',
      'tsconfig.json',
      'mayfly-env.d.ts',
    ])
    expect(readFileSync(join(directory, 'mayfly-env.d.ts'), 'utf8')).toContain('"GREETING": string')
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

  test('names the schema where the package around it has Mayfly, or would have it', async () => {
    const root = join(ROOT, 'around')
    mkdirSync(root)
    writeFileSync(join(root, 'package.json'), '{}')
    const schemaOf = async (path: string): Promise<unknown> => {
      const { directory } = await createAgent({ path })
      const [, schema] =
        /"\$schema": "([^"]*)"/.exec(readFileSync(join(directory, 'agent.json'), 'utf8')) ?? []
      return schema
    }
    const schema = 'node_modules/mayfly/runtime/manifest/agent.schema.json'
    expect(await schemaOf(join(root, 'agents', 'one'))).toBe(`../../${schema}`)
    expect(await schemaOf(join(ROOT, 'alone'))).toBe(`./${schema}`)
    mkdirSync(join(root, 'agents', 'node_modules', 'mayfly'), { recursive: true })
    expect(await schemaOf(join(root, 'agents', 'two'))).toBe(`../${schema}`)
  })

  test.each(TEMPLATES)(
    'gives %s what it needs to be checked, tested and committed',
    async (template) => {
      const { files } = await createAgent({ path: join(ROOT, `of-${template}`), template })
      for (const needed of ['.gitignore', 'tsconfig.json', 'test/agent.test.mts', 'package.json'])
        expect(files).toContain(needed)
    },
  )

  test.each(['assemblyscript', 'starlingmonkey', 'c', 'typescript', 'hono'] as const)(
    'names the compilers that %s needs, in the versions that builds take, and no other',
    async (template) => {
      const { directory } = await createAgent({ path: join(ROOT, `peers-${template}`), template })
      const own = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
      const { engine, source = '' } = loadManifest(directory).manifest
      const peers = TOOLS[engine ?? engineOf(source)].filter((name) => name in peerVersions())
      for (const name of peers) expect(own.devDependencies[name]).toBe(peerVersions()[name])
      const named = Object.keys(own.devDependencies).filter((name) => name in peerVersions())
      expect(named.toSorted()).toEqual(peers.toSorted())
    },
  )

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
