/**
 * Finds the loop in which a script did not end, from the last place that its engine knew.
 *
 * The engine knows the places of calls. A loop without calls comes after the last known place, and so do loops without
 * calls that ended before it. esbuild begins a line with each loop and indents its body.
 *
 * @module
 */

/** Line and column of a bundle, both from 1. */
export type Place = readonly [line: number, column: number]

const LOOP = /^\s*(?:[\w$]+:\s*)*(?:for|while|do)\b/
const CALL = /[\w$\])]\(/

/** Where the script may be, the likeliest first. */
export function loopPlaces(code: string, known: Place): [Place, ...Place[]] {
  const lines = code.split('\n')
  const start = known[0] - 1
  const enclosing = enclosingLoop(lines, start)
  // A call in a loop is where it was last, in that loop or in one behind.
  if (enclosing >= 0) return [known, ...loopsFrom(lines, endOf(lines, enclosing))]
  const [first, ...others] = loopsFrom(lines, start)
  return first === undefined ? [known] : [first, ...others]
}

/** The loops from the line at `start` on, in the same function, up to a call. */
function loopsFrom(lines: readonly string[], start: number): Place[] {
  const places: Place[] = []
  const least = indentOf(lines[start] ?? '')
  for (let at = start; at < lines.length; at++) {
    const text = lines[at] ?? ''
    if (text.trim() === '') continue
    if (indentOf(text) < least) break
    if (LOOP.test(text)) {
      places.push([at + 1, indentOf(text) + 1])
      at = endOf(lines, at) - 1
    } else if (at > start && places.length > 0 && CALL.test(text)) break
  }
  return places
}

/** The loop that the line at `index` is in or begins; below zero when there is none. */
function enclosingLoop(lines: readonly string[], index: number): number {
  let indent = Infinity
  for (let at = index; at >= 0; at--) {
    const text = lines[at] ?? ''
    if (text.trim() === '' || indentOf(text) >= indent) continue
    indent = indentOf(text)
    if (LOOP.test(text)) return at
  }
  return -1
}

/** Behind the loop that begins at `start`: the next line that is indented no more, but for its brace. */
function endOf(lines: readonly string[], start: number): number {
  const indent = indentOf(lines[start] ?? '')
  const end = lines.findIndex((text, at) => {
    return at > start && text.trim() !== '' && indentOf(text) <= indent && !/^\s*\}/.test(text)
  })
  return end < 0 ? lines.length : end
}

function indentOf(text: string): number {
  return text.length - text.trimStart().length
}
