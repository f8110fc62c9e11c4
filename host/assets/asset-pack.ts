/**
 * The files that an agent serves beside its answers, as one run of bytes: an index, then the content of each file.
 *
 * A pack comes from a folder or over the network, and is checked whole: its paths are plain, its sizes fit, and each file
 * has the hash that the index says. What serves it looks paths up in the index, so no path of a request leads to a disk.
 *
 * @module
 */
import { MayflyError } from '../../runtime/errors/index.ts'
import { sha256 } from '../digest/index.ts'
import { isAssetPath } from './asset-path.ts'

/** A file of a pack. */
export interface AssetFile {
  /** `index.html`, `img/logo.svg`: without a slash in front. */
  readonly path: string
  /** Of the content in the pack. */
  readonly start: number
  readonly bytes: number
  /** Of the content, in hexadecimal. */
  readonly sha256: string
  /** In seconds since 1970. */
  readonly modified: number
}

/** The files of one version of an agent. */
export interface PackedAssets {
  /** Of all paths and contents, in hexadecimal. Times do not count: a copy of the files has others. */
  readonly digest: string
  /** Absent where it is kept in `file` alone. */
  readonly bytes?: Uint8Array<ArrayBuffer>
  /** Path of the file in which this host keeps it. Absent before it does. */
  readonly file?: string
}

/** A file to pack. */
export interface AssetInput {
  readonly path: string
  readonly content: Uint8Array
  readonly modified: number
}

/** More than a site has. Each takes some 200 bytes in every worker. */
export const MAX_ASSET_FILES = 10_000
/** Beside a component, it still fits a deploy. */
export const MAX_ASSET_BYTES: number = 48 * 1024 * 1024

const MAGIC = 'MAYFLYA1'
const HEAD_BYTES = MAGIC.length + 4
const HASH = /^[0-9a-f]{64}$/
const HINT = 'Build the agent again with this version of Mayfly'

/** One file of the index: path, bytes, hash, time. */
type Line = readonly [path: string, bytes: number, sha256: string, modified: number]

/**
 * Packs `files`.
 *
 * @throws {MayflyError} ERR_USAGE when there are too many, or a path is none for a pack
 */
export function packAssets(
  files: readonly AssetInput[],
): PackedAssets & { bytes: Uint8Array<ArrayBuffer> } {
  const sorted = files.toSorted((one, other) => (one.path < other.path ? -1 : 1))
  const lines = sorted.map(({ path, content, modified }): Line => [
    path,
    content.length,
    sha256(content),
    modified,
  ])
  const index = new TextEncoder().encode(JSON.stringify(lines))
  const length = sorted.reduce(
    (sum, { content }) => sum + content.length,
    HEAD_BYTES + index.length,
  )
  const bytes = new Uint8Array(length)
  new TextEncoder().encodeInto(MAGIC, bytes)
  new DataView(bytes.buffer).setUint32(MAGIC.length, index.length, true)
  bytes.set(index, HEAD_BYTES)
  let at = HEAD_BYTES + index.length
  for (const { content } of sorted) {
    bytes.set(content, at)
    at += content.length
  }
  const { digest } = checkPack(bytes)
  return { digest, bytes }
}

/**
 * Checks a pack from anywhere.
 *
 * @throws {MayflyError} ERR_USAGE when it is damaged, or says what is not so
 */
export function checkPack(bytes: Uint8Array<ArrayBuffer>): PackedAssets {
  const files = readIndex(bytes, bytes.length)
  for (const { path, start, bytes: length, sha256: hash } of files) {
    if (sha256(bytes.subarray(start, start + length)) !== hash)
      throw damaged(`"${path}" has another content than it says`)
  }
  return { digest: digestOfFiles(files), bytes }
}

/** How many bytes of a pack have its index. @param head - the first `INDEX_HEAD_BYTES` of it */
export function indexEnd(head: Uint8Array): number {
  if (
    head.length < HEAD_BYTES ||
    new TextDecoder().decode(head.subarray(0, MAGIC.length)) !== MAGIC
  )
    throw damaged('it is none')
  const view = new DataView(head.buffer, head.byteOffset)
  return HEAD_BYTES + view.getUint32(MAGIC.length, true)
}
export const INDEX_HEAD_BYTES: number = HEAD_BYTES

/**
 * Reads the files of a pack.
 *
 * @param begin - its first bytes, with all of the index
 * @param length - of the whole pack
 * @throws {MayflyError} ERR_USAGE
 */
export function readIndex(begin: Uint8Array, length: number): readonly AssetFile[] {
  const end = indexEnd(begin)
  if (end > begin.length || length - HEAD_BYTES > MAX_ASSET_BYTES + MAX_ASSET_FILES * 1_024)
    throw damaged('it is too large, or not all of it is there')
  const lines = linesOf(begin.subarray(HEAD_BYTES, end))
  if (lines.length > MAX_ASSET_FILES) throw tooMany(`${lines.length} files`, `${MAX_ASSET_FILES}`)
  const files: AssetFile[] = []
  const paths = new Set<string>()
  let start = end
  for (const [path, bytes, hash, modified] of lines) {
    if (!isAssetPath(path) || paths.has(path)) throw damaged(`"${path}" is no path of a file`)
    paths.add(path)
    files.push({ path, start, bytes, sha256: hash, modified })
    start += bytes
  }
  if (start - end > MAX_ASSET_BYTES) throw tooMany(`${start - end} bytes`, `${MAX_ASSET_BYTES}`)
  if (start !== length) throw damaged('its length is another than it says')
  return files
}

function linesOf(index: Uint8Array): readonly Line[] {
  let lines: unknown
  try {
    lines = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(index))
  } catch {
    throw damaged('its index is none')
  }
  if (!Array.isArray(lines) || !lines.every(isLine)) throw damaged('its index is none')
  return lines
}

function isLine(line: unknown): line is Line {
  if (!Array.isArray(line) || line.length !== 4) return false
  const [path, bytes, hash, modified] = line as unknown[]
  return (
    typeof path === 'string' &&
    isCount(bytes) &&
    typeof hash === 'string' &&
    HASH.test(hash) &&
    isCount(modified)
  )
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function digestOfFiles(files: readonly AssetFile[]): string {
  return sha256(JSON.stringify(files.map(({ path, sha256: hash }) => [path, hash])))
}

function damaged(reason: string): MayflyError {
  return new MayflyError('ERR_USAGE', `Cannot read a pack of assets: ${reason}`, { hint: HINT })
}

function tooMany(what: string, most: string): MayflyError {
  return new MayflyError('ERR_USAGE', `Cannot pack assets: ${what}, ${most} allowed`, {
    hint: 'Serve large files from elsewhere',
  })
}
