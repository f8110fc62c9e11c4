import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { replaceFile, replaceFileSync } from './replace-file.ts'

let directory = ''

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mayfly-replace-'))
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

describe.each([
  ['replaceFile()', replaceFile],
  [
    'replaceFileSync()',
    async (...given: Parameters<typeof replaceFileSync>) => replaceFileSync(...given),
  ],
])('%s', (_, replace) => {
  it('makes a file, replaces it, and leaves nothing beside it', async () => {
    const file = join(directory, 'file')
    await replace(file, 'one', { mode: 0o600 })
    await replace(file, Uint8Array.of(0x32), { mode: 0o600 })
    expect([readFileSync(file, 'utf8'), readdirSync(directory)]).toEqual(['2', ['file']])
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('replaces a link, and not the file that it leads to', async () => {
    const [own, others] = [join(directory, 'own'), join(directory, 'others')]
    writeFileSync(others, 'theirs')
    symlinkSync(others, own)
    await replace(own, 'ours')
    expect([readFileSync(own, 'utf8'), readFileSync(others, 'utf8')]).toEqual(['ours', 'theirs'])
  })

  it('leaves the file as it was when it fails, and nothing beside it', async () => {
    const place = join(directory, 'place')
    mkdirSync(join(place, 'full'), { recursive: true })
    await expect(replace(place, 'one')).rejects.toThrow()
    expect(readdirSync(directory)).toEqual(['place'])
  })
})
