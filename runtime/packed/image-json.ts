/**
 * Images as JSON beside a run of pages, and back.
 *
 * @module
 */
import { webSha256 } from '../digest/index.ts'
import type { ImageData } from '../stamp/index.ts'
import type { PackedImage } from './format.ts'

/** @throws {TypeError} for a global that is no number */
export async function packImage(image: ImageData): Promise<PackedImage> {
  const { layout, memories, contents, globals, room } = image
  return {
    layout,
    memories: memories.map(({ pages, places }) => ({ pages, runs: runsOf(places) })),
    globals: globals.map(packGlobal),
    room,
    contents: { bytes: contents.length, sha256: await webSha256(contents) },
  }
}

export function unpackImage(packed: PackedImage, contents: Uint8Array<ArrayBuffer>): ImageData {
  const { layout, memories, globals, room } = packed
  return {
    layout,
    memories: memories.map(({ pages, runs }) => ({ pages, places: placesOf(pages, runs) })),
    contents,
    globals: globals.map((value) =>
      typeof value === 'string' ? BigInt(value.slice(0, -1)) : value,
    ),
    room,
  }
}

function packGlobal(value: unknown): number | string | null {
  if (typeof value === 'bigint') return `${value}n`
  // Floats are bits: no global is NaN or infinite.
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (value === null) return null
  throw new TypeError(`Cannot pack image: a global is a ${typeof value}`)
}

type Runs = PackedImage['memories'][number]['runs']

/** Most pages are zeros, and the distinct ones are numbered in the order in which they come first. */
function runsOf(places: Uint32Array): Runs {
  const runs: [first: number, count: number][] = []
  for (const place of places) {
    const last = runs.at(-1)
    const next = last === undefined ? undefined : last[0] === 0 ? 0 : last[0] + last[1]
    if (last !== undefined && place === next) last[1]++
    else runs.push([place, 1])
  }
  return runs
}

function placesOf(pages: number, runs: Runs): Uint32Array {
  const places = new Uint32Array(pages)
  let at = 0
  for (const [first, count] of runs)
    for (let index = 0; index < count; index++) places[at++] = first === 0 ? 0 : first + index
  return places
}
