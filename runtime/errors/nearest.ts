/** The name that a misspelt one was probably meant to be. @module */

/** The name `key` was probably meant to be: at most a third of its letters away. */
export function nearest(key: string, known: readonly string[]): string | undefined {
  const most = Math.max(1, Math.floor(key.length / 3))
  const best = known
    // As far apart as their lengths, at least.
    .filter((name) => Math.abs(name.length - key.length) <= most)
    .map((name) => ({ name, distance: distance(key.toLowerCase(), name.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance)[0]
  return best !== undefined && best.distance <= most ? best.name : undefined
}

/** Edits between two words, a swap of neighbours counted as one (optimal string alignment). */
function distance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => [i])
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Math.max(i, j)
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1
      let cost = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + change)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, at(i - 2, j - 2) + 1)
      }
      rows[i]?.splice(j, 1, cost)
    }
  }
  return at(a.length, b.length)
}
