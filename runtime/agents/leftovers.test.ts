/**
 * Nothing of a request is found by the next, however a slot is reset and wherever a component hides it.
 *
 * @module
 */
import { describe, expect, it } from 'vitest'
import { HIDING_PLACES, type HidingPlace } from './testing/hiding-places.ts'
import { stage, type Stage } from './testing/stage.ts'

const RESETS = ['pages', 'copy', 'auto'] as const
const ARGUMENTS = [1, 2, 70_000, 0, 0xffff, 4]

async function answers(
  theatre: Stage,
  { text, features = [] }: HidingPlace,
  reset: string,
): Promise<unknown[]> {
  const agent = await theatre.load(text, { limits: { reset }, features })
  const found: unknown[] = []
  for (const n of ARGUMENTS) found.push(await agent.call('run', [n]).catch(String))
  return found
}

describe('a component that hides state in', () => {
  it.for(HIDING_PLACES)('$name does not find it', async (place) => {
    const { text, features = [], unstampable } = place
    await using theatre = await stage({ features })
    const fresh = await answers(theatre, place, 'fresh')
    for (const reset of RESETS) expect(await answers(theatre, place, reset)).toEqual(fresh)
    const agent = await theatre.load(text, { limits: { reset: 'pages' }, features })
    const { reset, unstampable: reasons } = agent.stats()
    expect(reasons.join('\n')).toMatch(unstampable ?? /^$/)
    expect(reset === 'fresh').toBe(unstampable !== undefined)
  })
})
