import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FILES_CONFORMANCE } from '../../../runtime/wasi/filesystem/conformance.ts'
import type { DirectoryNode, FileArea, KeptArea } from '../../../runtime/wasi/filesystem/area.ts'
import { directoryFiles } from './directory-files.ts'

let directory = ''

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mayfly-files-'))
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

function open(area: KeptArea = 'output', maxBytes = 10_000): FileArea {
  return directoryFiles({ directory }).open({
    agent: 'a',
    area,
    writable: area === 'output',
    maxBytes,
  })
}

function fileOf(root: DirectoryNode, name: string): string | undefined {
  const node = root.get(name)
  return node?.kind === 'file' ? new TextDecoder().decode(node.read(0, 1000)) : undefined
}

const encoded = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('directoryFiles()', () => {
  it.each(FILES_CONFORMANCE)('$name', ({ run }) => {
    run((maxBytes) => open('output', maxBytes))
  })

  it('keeps files in a folder an agent and an area, for who opens it again', () => {
    const area = open()
    area.addFile(area.root, 'f').write(0, encoded('kept'))
    expect(readFileSync(join(directory, 'a/output/f'), 'utf8')).toBe('kept')
    expect(fileOf(open().root, 'f')).toBe('kept')
  })

  it('makes folders and files for this user only, whatever the mask of the process', () => {
    const mask = process.umask(0)
    try {
      const area = open()
      area.addFile(area.addDirectory(area.root, 'd'), 'f')
      const paths = ['a', 'a/output', 'a/output/d', 'a/output/d/f']
      const modes = paths.map((path) => statSync(join(directory, path)).mode & 0o777)
      expect(modes).toEqual([0o700, 0o700, 0o700, 0o600])
    } finally {
      process.umask(mask)
    }
  })

  it('reads what the operator puts into input', () => {
    const { root } = open('input')
    writeFileSync(join(directory, 'a/input/list'), 'one')
    expect(fileOf(root, 'list')).toBe('one')
  })

  it('has the times that a guest set to the nanosecond, until something else sets them', () => {
    const area = open()
    const file = area.addFile(area.root, 'f')
    const modifiedNs = 1_763_000_000_440_999_901n
    file.touch({ modifiedNs })
    expect(file.times.modifiedNs).toBe(modifiedNs)
    expect(area.root.get('f')?.times.modifiedNs).toBe(modifiedNs)
    utimesSync(join(directory, 'a/output/f'), 1000, 2000)
    expect(file.times).toEqual({
      accessedNs: 1_000_000_000_000n,
      modifiedNs: 2_000_000_000_000n,
    })
  })

  it('follows no link, to a file, to a directory, or instead of one that was opened', () => {
    const secret = join(directory, 'secret')
    writeFileSync(secret, 'x')
    const area = open()
    const { root } = area
    symlinkSync(secret, join(directory, 'a/output/link'))
    symlinkSync(directory, join(directory, 'a/output/up'))
    expect([root.get('link'), root.get('up'), root.list()]).toEqual([undefined, undefined, []])
    expect(() => area.addFile(root, 'link')).toThrow(expect.objectContaining({ payload: 'exist' }))

    const file = area.addFile(root, 'f')
    rmSync(join(directory, 'a/output/f'))
    symlinkSync(secret, join(directory, 'a/output/f'))
    expect(() => file.read(0, 10)).toThrow(expect.objectContaining({ payload: 'no-entry' }))
    expect(() => file.write(0, encoded('y'))).toThrow(
      expect.objectContaining({ payload: 'no-entry' }),
    )
    expect(readFileSync(secret, 'utf8')).toBe('x')
  })

  it.runIf(process.platform === 'linux')('has nothing open for guests that have gone', () => {
    const opened = (): number => {
      const links = readdirSync('/proc/self/fd').map((fd) => {
        const target = join('/proc/self/fd', fd)
        // A descriptor of the listing itself is gone by now.
        return existsSync(target) ? readlinkSync(target) : ''
      })
      return links.filter((path) => path.startsWith(directory)).length
    }
    const area = open()
    const [file, other] = [area.addFile(area.root, 'f'), area.root.get('f')]
    if (other?.kind !== 'file') throw new Error('no file')
    for (const each of [file, other, file]) each.open()
    expect(opened()).toBe(1)
    for (const each of [file, other, file]) each.close()
    expect(opened()).toBe(0)
  })

  it('opens so many files and no more, and others when those are closed', () => {
    const area = open('output', 10_000_000)
    const files = Array.from({ length: 257 }, (_, index) => area.addFile(area.root, `f${index}`))
    const last = files.pop()
    for (const file of files) file.open()
    expect(() => last?.open()).toThrow(expect.objectContaining({ payload: 'insufficient-memory' }))
    files[0]?.close()
    last?.open()
    for (const file of [...files.slice(1), last]) file?.close()
  })

  it('counts an area with links as the one before counted it, and gives all of it back', () => {
    const area = open()
    const file = area.addFile(area.root, 'f')
    file.write(0, new Uint8Array(6000))
    area.addLink(area.root, 'g', file)
    const again = open()
    expect(() => again.addFile(again.root, 'x').write(0, new Uint8Array(3000))).toThrow(
      expect.objectContaining({ payload: 'quota' }),
    )
    for (const name of ['f', 'g', 'x']) {
      const node = again.root.get(name)
      if (node !== undefined) again.remove(again.root, name, node)
    }
    again.addFile(again.root, 'all').write(0, new Uint8Array(9000))
  })

  it.for(['..', '.', '', 'b/../../x', '/etc', 'a\0'])('takes %j for no name', (name) => {
    const area = open()
    for (const work of [
      () => area.root.get(name),
      () => area.addFile(area.root, name),
      () => area.addDirectory(area.root, name),
    ])
      expect(work).toThrow(expect.objectContaining({ payload: 'invalid' }))
    expect(readdirSync(join(directory, 'a/output'))).toEqual([])
  })

  it('counts what was there before and what others wrote', () => {
    open()
    writeFileSync(join(directory, 'a/output/before'), 'x'.repeat(6000))
    const area = open()
    const file = area.addFile(area.root, 'f')
    expect(() => file.write(0, new Uint8Array(4000))).toThrow(
      expect.objectContaining({ payload: 'quota' }),
    )
    rmSync(join(directory, 'a/output/before'))
    file.write(0, new Uint8Array(4000))
    expect(file.size).toBe(4000)
  })

  // Root may write wherever it likes.
  it.runIf(process.getuid?.() !== 0)('says what it may not read', () => {
    const area = open()
    area.addFile(area.root, 'f')
    chmodSync(join(directory, 'a/output/f'), 0)
    expect(() => fileOf(area.root, 'f')).toThrow(expect.objectContaining({ payload: 'access' }))
  })

  it('refuses a place that is none', () => {
    mkdirSync(join(directory, 'a'))
    writeFileSync(join(directory, 'a/output'), '')
    expect(() => open()).toThrow('Cannot open files of agent "a"')
    expect(existsSync(join(directory, 'a/input'))).toBe(false)
  })
})
