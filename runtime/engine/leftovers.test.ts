/**
 * Nothing of a request is found by the next, however a slot is reset and wherever a component hides it.
 *
 * @module
 */
import { describe, expect, it } from 'vitest'
import { HIDING_PLACES } from './testing/hiding-places.ts'
import { stage, type Stage } from './testing/stage.ts'

const RESETS = ['pages', 'copy', 'auto'] as const
const ARGUMENTS = [1, 2, 70_000, 0, 0xffff, 4]

async function answers(theatre: Stage, text: string, reset: string): Promise<unknown[]> {
  const agent = await theatre.load(text, { limits: { reset } })
  const found: unknown[] = []
  for (const n of ARGUMENTS) found.push(await agent.call('run', [n]).catch(String))
  return found
}

describe('a component that hides state in', () => {
  it.for(HIDING_PLACES)('$name does not find it', async ({ text, unstampable }) => {
    await using theatre = await stage()
    const fresh = await answers(theatre, text, 'fresh')
    for (const reset of RESETS) expect(await answers(theatre, text, reset)).toEqual(fresh)
    const agent = await theatre.load(text, { limits: { reset: 'pages' } })
    const { reset, unstampable: reasons } = agent.stats()
    expect(reasons.join('\n')).toMatch(unstampable ?? /^$/)
    expect(reset === 'fresh').toBe(unstampable !== undefined)
  })
})
