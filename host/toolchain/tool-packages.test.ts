/** Peers that are there, that are not, and that are of another version. @module */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ENGINES } from '../../runtime/manifest/index.ts'
import { TOOLS } from './languages/index.ts'
import { PACKAGE_DIRECTORY } from './package-files.ts'
import { ENGINE_PACKAGES, engineTools } from './quickjs/engine-tools.ts'
import { missingPeers, peerVersions, requirePeers } from './tool-packages.ts'

const folder = mkdtempSync(join(tmpdir(), 'mayfly-peers-'))
const FROM = join(folder, 'program.js')

afterAll(() => rmSync(folder, { recursive: true }))

function install(name: string, version: string): void {
  mkdirSync(join(folder, 'node_modules', name), { recursive: true })
  const text = JSON.stringify({ name, version })
  writeFileSync(join(folder, 'node_modules', name, 'package.json'), text)
}

describe('requirePeers()', () => {
  it('names all that are missing in one line that installs them', () => {
    const need = (): void => requirePeers('build', TOOLS.assemblyscript, FROM)
    const { assemblyscript = '', '@bytecodealliance/jco': jco = '' } = peerVersions()
    const both = [`assemblyscript@${assemblyscript}`, `@bytecodealliance/jco@${jco}`]
    expect(need).toThrow(
      expect.objectContaining({
        code: 'ERR_BUILD_FAILED',
        message: `Cannot build: not installed: ${both.join(', ')}`,
        hint: `npm i -D ${both.join(' ')}`,
      }),
    )
    // Another version makes other bytes of the same source.
    install('assemblyscript', '0.1.0')
    install('@bytecodealliance/jco', jco)
    expect(need).toThrow(expect.objectContaining({ hint: `npm i -D ${both[0]}` }))
    install('assemblyscript', assemblyscript)
    expect(need).not.toThrow()
  })

  it('takes what comes with Mayfly as there', () => {
    expect(missingPeers(TOOLS.quickjs, FROM)).toEqual([])
  })
})

describe('package.json', () => {
  const read = (file: string): unknown =>
    JSON.parse(readFileSync(join(PACKAGE_DIRECTORY, file), 'utf8'))

  it('pins every peer, makes it optional, and tests the version that it names', () => {
    const { peerDependencies, peerDependenciesMeta, devDependencies } = read('package.json') as {
      [field: string]: Record<string, unknown>
    }
    const names = Object.keys(peerDependencies ?? {})
    expect(devDependencies).toMatchObject(peerDependencies ?? {})
    expect(peerDependenciesMeta).toEqual(
      Object.fromEntries(names.map((name) => [name, { optional: true }])),
    )
    for (const each of [...names.map((name) => `${peerDependencies?.[name]}`), ...engineTools()])
      expect(each).toMatch(/\d+\.\d+\.\d+$/)
    expect(missingPeers(names)).toEqual([])
  })

  it('makes no peer of what agents in JavaScript are built with', () => {
    expect(TOOLS.quickjs.filter((name) => name in peerVersions())).toEqual([])
    const named = new Set([...ENGINES.flatMap((each) => TOOLS[each]), ...ENGINE_PACKAGES])
    for (const name of Object.keys(peerVersions())) expect(named).toContain(name)
  })
})
