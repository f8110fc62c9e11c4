/**
 * Edits written as a diff without line numbers: the lines around a change say where it belongs.
 *
 * @module
 */

/** Lines to find one after the other, and the lines that replace them. */
export interface Hunk {
  readonly before: readonly string[]
  readonly after: readonly string[]
}

/**
 * @param text - lines that begin with a space, `+` or `-`. `@@` begins the next hunk. A line that ends in `…` stands
 * for the one that begins so; it can stay, and cannot be added
 */
export function readHunks(text: string): Hunk[] {
  return text.split(/^@@\n/m).map((hunk) => {
    const lines = hunk.replace(/\n$/, '').split('\n')
    const without = (sign: string): string[] =>
      lines.filter((line) => !line.startsWith(sign)).map((line) => line.slice(1))
    return { before: without('+'), after: without('-') }
  })
}

/** @throws {Error} when the lines of a hunk are not there, or more than once */
export function applyHunks(path: string, text: string, hunks: readonly Hunk[]): string {
  return hunks.reduce((current, hunk) => applyHunk(path, current, hunk), text)
}

function applyHunk(path: string, text: string, { before, after }: Hunk): string {
  const lines = text.split('\n')
  const places = lines.flatMap((_, at) =>
    before.every((line, index) => fits(line, lines[at + index])) ? [at] : [],
  )
  const [at] = places
  if (at === undefined || places.length > 1) {
    throw new Error(
      `Cannot edit "${path}": ${places.length} places with the lines\n${before.join('\n')}`,
    )
  }
  const found = lines.slice(at, at + before.length)
  const kept = after.map((line) => found.find((each) => fits(line, each)) ?? line)
  return lines.toSpliced(at, before.length, ...kept).join('\n')
}

function fits(pattern: string, line: string | undefined): boolean {
  return pattern.endsWith('…') ? line?.startsWith(pattern.slice(0, -1)) === true : line === pattern
}
