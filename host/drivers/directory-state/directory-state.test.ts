import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { STATE_CONFORMANCE } from '../../registry/state/conformance.ts'
import { directoryState } from './directory-state.ts'

let root = ''
let directory = ''

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mayfly-state-'))
  directory = join(root, 'state')
})

afterEach(() => rmSync(root, { recursive: true, force: true }))

describe('directoryState()', () => {
  it.each(STATE_CONFORMANCE)('$name', ({ run }) => {
    run({ open: () => directoryState({ directory }) })
  })

  it('makes its directory and files for its user only, and not before something is kept', () => {
    const state = directoryState({ directory })
    expect([state.list(), state.read('a')]).toEqual([[], undefined])
    state.remove('a')
    expect(() => statSync(directory)).toThrow('ENOENT')
    state.replace('a', Uint8Array.of(1))
    expect([directory, state.locate('a')].map((path) => statSync(path).mode & 0o077)).toEqual([
      0, 0,
    ])
  })

  it('replaces a file, and does not write into it', () => {
    const state = directoryState({ directory })
    state.replace('a', Buffer.from('one'))
    linkSync(state.locate('a'), join(root, 'other'))
    state.replace('a', Buffer.from('two'))
    expect(readFileSync(join(root, 'other'), 'utf8')).toBe('one')
  })

  it('lists nothing but files that it may have written', () => {
    const state = directoryState({ directory })
    state.replace('a', Uint8Array.of(1))
    mkdirSync(join(directory, 'audit'))
    for (const name of ['a.new', '.hidden', 'Notes']) writeFileSync(join(directory, name), '')
    expect(state.list()).toEqual(['a'])
  })

  it('removes what a host that was killed left half-written, and nothing that it never wrote', () => {
    const state = directoryState({ directory })
    state.replace('a', Uint8Array.of(1))
    for (const name of ['b.wasm.new', 'a.new', '.hidden.new', 'Notes.new', 'notes.NEW'])
      writeFileSync(join(directory, name), '')
    state.removeUnfinished()
    expect(readdirSync(directory).toSorted()).toEqual([
      '.hidden.new',
      'Notes.new',
      'a',
      'notes.NEW',
    ])
  })

  it('says that something cannot be read, and does not take it for absent', () => {
    const state = directoryState({ directory })
    mkdirSync(join(directory, 'a'), { recursive: true })
    expect(() => state.read('a')).toThrow('EISDIR')
  })
})
