/**
 * Numbers that look random and are the same for the same seed.
 *
 * @module
 */

export interface Random {
  /** An integer from 0 up to `bound`, which it does not reach. */
  below(bound: number): number
  /** One of `choices`. */
  pick<Choice>(choices: readonly Choice[]): Choice
}

export function random(seed: number): Random {
  let state = seed * 2654435761
  const below = (bound: number): number => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0
    return ((state ^ (state >>> 13)) >>> 0) % bound
  }
  return {
    below,
    pick(choices) {
      const [first] = choices
      if (first === undefined) throw new RangeError('Cannot pick: there is nothing to pick from')
      return choices[below(choices.length)] ?? first
    },
  }
}
