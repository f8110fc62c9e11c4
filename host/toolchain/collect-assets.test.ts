/** What is packed of a folder, and what a folder may not have. @module */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { manifestFromObject } from '../../runtime/manifest/index.ts'
import { readIndex } from '../assets/index.ts'
import { collectAssets } from './collect-assets.ts'

let directory = ''
let inputs: string[] = []

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mayfly-assets-'))
  inputs = []
  write('root/agent/public/index.html', 'page')
  write('secret', 'of the user')
})

afterEach(() => rmSync(directory, { recursive: true }))

function write(path: string, content: string): void {
  const file = join(directory, path)
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, content)
}

function collect(assets: unknown = 'public'): string[] {
  const packed = collectAssets({
    manifest: manifestFromObject({ name: 'site', assets }),
    directory: join(directory, 'root/agent'),
    root: join(directory, 'root'),
    onInputs: (paths) => void inputs.push(...paths),
  })
  const bytes = packed?.bytes ?? new Uint8Array(0)
  return readIndex(bytes, bytes.length).map(({ path }) => path)
}

describe('collectAssets()', () => {
  it('packs all files but hidden ones, and watches the folder', () => {
    for (const path of ['a/b.js', '.env', '.git/config', 'a/.DS_Store', '.well-known/x.txt'])
      write(`root/agent/public/${path}`, 'x')
    expect(collect()).toEqual(['.well-known/x.txt', 'a/b.js', 'index.html'])
    expect(inputs).toEqual([join(directory, 'root/agent/public')])
  })

  it('has the time of a file, in seconds', () => {
    utimesSync(join(directory, 'root/agent/public/index.html'), 5, 1234.9)
    const packed = collectAssets({
      manifest: manifestFromObject({ name: 'site', assets: 'public' }),
      directory: join(directory, 'root/agent'),
      root: join(directory, 'root'),
      onInputs: () => {},
    })
    const bytes = packed?.bytes ?? new Uint8Array(0)
    expect(readIndex(bytes, bytes.length)[0]?.modified).toBe(1234)
  })

  it.each([
    ['a link to a file of the user', 'secret', 'root/agent/public/a', 'it is a link'],
    ['a link to a folder', 'root/agent', 'root/agent/public/a', 'it is a link'],
    ['a link to a file beside it', 'root/agent/public/index.html', 'root/agent/public/a', 'link'],
    ['a link to nothing', 'absent', 'root/agent/public/a', 'it is a link'],
  ])('refuses %s', (_, target, at, reason) => {
    symlinkSync(join(directory, target), join(directory, at))
    expect(() => collect()).toThrow(reason)
  })

  it.runIf(process.platform !== 'win32')('refuses a pipe, which has no end', () => {
    execFileSync('mkfifo', [join(directory, 'root/agent/public/pipe')])
    expect(() => collect()).toThrow('it is no file')
  })

  it('refuses a folder outside of the root, by whichever way', () => {
    symlinkSync(directory, join(directory, 'root/agent/out'))
    expect(() => collect('out')).toThrow('outside of the root')
    symlinkSync(join(directory, 'root/agent/public'), join(directory, 'root/agent/in'))
    expect(collect('in')).toEqual(['index.html'])
    for (const folder of ['../public', '/etc', '.', '..', 'a/../../..', 'a\\b', ''])
      expect(() => collect(folder)).toThrow('a folder beside agent.json')
  })

  it('refuses a folder that is not there, and a fallback that is not in it', () => {
    expect(() => collect('absent')).toThrow('no folder')
    expect(() => collect({ folder: 'public', fallback: 'app.html' })).toThrow('no file "app.html"')
    expect(collect({ folder: 'public', fallback: 'index.html' })).toEqual(['index.html'])
  })

  it('refuses more bytes than there may be, without reading them', () => {
    execFileSync('truncate', ['-s', '49M', join(directory, 'root/agent/public/large')])
    expect(() => collect()).toThrow('assets too large')
  })
})
