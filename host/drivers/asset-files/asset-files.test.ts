import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { packAssets, type ServedAssets } from '../../assets/index.ts'
import { openAssets } from './asset-files.ts'

const directory = mkdtempSync(join(tmpdir(), 'mayfly-asset-files-'))
const CONTENT = Uint8Array.from({ length: 200_000 }, (_, at) => at % 251)

afterAll(() => rmSync(directory, { recursive: true }))

function open(name: string): { file: string; assets: ServedAssets; start: number } {
  const file = join(directory, name)
  writeFileSync(file, packAssets([{ path: 'a', content: CONTENT, modified: 0 }]).bytes)
  const assets = openAssets(file, {})
  const found = assets.table.find({ method: 'GET', path: '/a', header: () => null })
  if (found?.state !== 'file') throw new Error('no file')
  return { file, assets, start: found.file.start }
}

async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(
    await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer(),
  )
}

describe('openAssets()', () => {
  it('reads any part, whole or as a stream', async () => {
    const { assets, start } = open('parts')
    const { content } = assets
    expect(await content.read(start + 5, 10)).toEqual(CONTENT.slice(5, 15))
    expect(await bytesOf(content.stream(start, CONTENT.length))).toEqual(CONTENT)
    expect(await bytesOf(content.stream(start + 65_530, 20))).toEqual(CONTENT.slice(65_530, 65_550))
    content.close()
  })

  it('has the old files while it is open, also when they are gone', async () => {
    const { file, assets, start } = open('gone')
    const stream = assets.content.stream(start, CONTENT.length)
    rmSync(file)
    assets.content.close()
    // A request that began before goes on.
    expect(await bytesOf(stream)).toEqual(CONTENT)
    expect(() => assets.content.stream(start, 1)).toThrow('closed')
    await expect(assets.content.read(start, 1)).rejects.toThrow('closed')
  })

  it('ends a stream that is cancelled while it reads', async () => {
    const { assets, start } = open('cancelled')
    const reader = assets.content.stream(start, CONTENT.length).getReader()
    const reading = reader.read()
    await reader.cancel()
    await reading
    assets.content.close()
  })

  it('fails where the file has been cut, and never has less than it said', async () => {
    const { file, assets, start } = open('cut')
    truncateSync(file, start + 100_000)
    await expect(bytesOf(assets.content.stream(start, CONTENT.length))).rejects.toThrow('cut')
    await expect(assets.content.read(start, CONTENT.length)).rejects.toThrow('cut')
    assets.content.close()
  })

  it('refuses what is no pack', () => {
    const file = join(directory, 'none')
    for (const content of ['', 'short', 'MAYFLYA1\xff\xff\xff\xff'.padEnd(100)]) {
      writeFileSync(file, content, 'latin1')
      expect(() => openAssets(file, {})).toThrow('Cannot read a pack of assets')
    }
  })
})
