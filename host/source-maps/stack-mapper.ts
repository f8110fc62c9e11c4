/**
 * Replaces places in a bundle by places in the sources that it was made of.
 *
 * @module
 */

import { SourceMap } from 'node:module'
import type { SourceMapContent } from './source-map-text.ts'

/** Returns `text` with the places that it names, as far as the map knows them. */
export type StackMapper = (text: string) => string

// A stack has ten frames. A text of an agent may have any number of them, and each could become longer.
const MAX_PLACES = 200
const MAX_NAME = 160
/** A line that is a frame, as V8 and QuickJS write it, or SpiderMonkey. */
const FRAME = /^\s*at |@/

/** Returns the mapper of `content`, which is decoded now. */
export function stackMapper({ file, sources, mappings }: SourceMapContent): StackMapper {
  const names = sources.map((source) => (source === null ? '' : shortened(source)))
  // Numbers stand for names: two sources may have one name.
  const indices = sources.map((_, index) => String(index))
  const map = new SourceMap({
    version: 3,
    file,
    sources: indices,
    names: [],
    mappings,
    sourcesContent: [],
    sourceRoot: '',
  })
  // Of the bundle alone: `my-agent.js` and `lib/agent.js` are other files.
  const place = new RegExp(`(?<![\\w$./-])${escaped(file)}:(\\d{1,9}):(\\d{1,9})`, 'g')

  return function mapStack(text) {
    if (!text.includes(`${file}:`)) return text
    let count = 0
    const lines = text.split('\n').map((line) => {
      let isOfNobody = false
      const mapped = line.replace(place, (whole, row: string, column: string) => {
        if (++count > MAX_PLACES) return whole
        const entry = map.findEntry(Number(row) - 1, Number(column) - 1)
        if (!('originalSource' in entry)) return whole
        const name = names[Number(entry.originalSource)]
        if (name === undefined) return whole
        if (name === '') isOfNobody = true
        return name === '' ? whole : `${name}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
      })
      return isOfNobody && FRAME.test(line) ? undefined : mapped
    })
    return lines.filter((line) => line !== undefined).join('\n')
  }
}

/** The end of a path says more than its beginning. */
function shortened(name: string): string {
  return name.length <= MAX_NAME ? name : `…${name.slice(-MAX_NAME)}`
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
