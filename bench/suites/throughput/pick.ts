/** Chooses one of many agents for each request, with the same choices in every run. @module */

/** A number below `count`. */
export type Pick = () => number

export function distributions(count: number): readonly (readonly [string, Pick])[] {
  const random = seeded()
  const agents = `${count.toLocaleString('en')} agents`
  return [
    ['one agent', () => 0],
    [`${agents}, uniform`, () => Math.floor(random() * count)],
    // Inverse of the distribution function of Zipf's law with exponent 1, to a good approximation.
    [`${agents}, Zipf`, () => Math.min(count, Math.floor(count ** random())) - 1],
  ]
}

/** The same numbers in every run (mulberry32). */
function seeded(): () => number {
  let state = 0x9e3779b9
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
