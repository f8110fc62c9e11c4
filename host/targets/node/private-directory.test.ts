import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listenPrivately } from './control-socket.ts'
import { checkDirectory } from './preflight.ts'
import { makePrivate } from './private-directory.ts'

let folder = ''
let mask = 0

beforeEach(() => {
  mask = process.umask(0)
  folder = mkdtempSync(join(tmpdir(), 'mayfly-private-'))
})

afterEach(() => {
  process.umask(mask)
  rmSync(folder, { recursive: true, force: true })
})

function modeOf(path: string): string {
  return (lstatSync(path).mode & 0o777).toString(8)
}

/** A data directory as hosts made it that did not close it. */
function openOne(): string {
  const directory = join(folder, 'data')
  for (const name of ['assets', 'files', 'versions'])
    mkdirSync(join(directory, name), { recursive: true })
  writeFileSync(join(directory, 'shop.kv.sqlite'), '')
  writeFileSync(join(directory, 'shop.kv.sqlite-wal'), '')
  writeFileSync(join(directory, 'agents.json'), '{}')
  return directory
}

describe('checkDirectory()', () => {
  it('makes a directory that is for this user from birth, and leaves those above it', () => {
    expect(checkDirectory(join(folder, 'above', 'data'))).toEqual([])
    expect(modeOf(join(folder, 'above', 'data'))).toBe('700')
    expect(modeOf(join(folder, 'above'))).toBe('777')
  })

  it('closes what a host has made before, and names it', () => {
    const directory = openOne()
    const names = [
      'assets',
      'files',
      'versions',
      'shop.kv.sqlite',
      'shop.kv.sqlite-wal',
      'agents.json',
    ]
    const paths = [directory, ...names.map((name) => join(directory, name))]
    expect(checkDirectory(directory).toSorted()).toEqual(paths.toSorted())
    expect(paths.map(modeOf)).toEqual(['700', '700', '700', '700', '600', '600', '600'])
    expect(checkDirectory(directory)).toEqual([])
  })
})

describe('makePrivate()', () => {
  it('closes an empty directory', () => {
    chmodSync(folder, 0o755)
    expect(makePrivate(folder)).toEqual([folder])
    expect(modeOf(folder)).toBe('700')
  })

  it('changes no directory that holds other things, and says what to do', () => {
    const directory = openOne()
    writeFileSync(join(directory, 'package.json'), '{}')
    expect(() => makePrivate(directory)).toThrow(
      expect.objectContaining({
        code: 'ERR_HOST_UNAVAILABLE',
        message: `Cannot keep data in "${directory}": other users of this machine can open it (mode 777), and it holds "package.json" as well`,
        hint: expect.stringContaining(`--data "${join(directory, 'mayfly')}"`),
      }),
    )
    expect(modeOf(directory)).toBe('777')
    expect(modeOf(join(directory, 'agents.json'))).toBe('666')
  })

  it('leaves other things in a directory that is closed', () => {
    const directory = openOne()
    writeFileSync(join(directory, 'notes.txt'), '')
    chmodSync(directory, 0o700)
    makePrivate(directory)
    expect(['agents.json', 'notes.txt'].map((name) => modeOf(join(directory, name)))).toEqual([
      '600',
      '666',
    ])
  })

  it('follows no link', () => {
    const elsewhere = join(folder, 'elsewhere')
    mkdirSync(elsewhere)
    const directory = join(folder, 'data')
    mkdirSync(directory)
    symlinkSync(elsewhere, join(directory, 'audit'))
    expect(makePrivate(directory)).toEqual([directory])
    expect(modeOf(elsewhere)).toBe('777')
  })
})

describe('listenPrivately()', () => {
  it('makes a socket that only this user can connect to, from the first moment', async () => {
    const server = createServer()
    const path = join(folder, 'control.sock')
    const listening = new Promise((resolve) => server.once('listening', resolve))
    listenPrivately(server, path)
    // Before any event of it.
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(process.umask()).toBe(0)
    await listening
    await new Promise((resolve) => server.close(resolve))
  })
})
