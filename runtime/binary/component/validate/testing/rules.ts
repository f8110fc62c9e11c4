/**
 * Rules as pairs: a component that breaks one rule, and its nearest neighbour that does not.
 *
 * @module
 */

import { parse } from '@bytecodealliance/jco'
import { expect, it } from 'vitest'
import { isMayflyError } from '../../../../errors/index.ts'
import { decodeComponent } from '../../decode-component.ts'
import { validateComponent } from '../validate-component.ts'

/** Components are written without the `(component …)` around them. */
export type Rule = readonly [rule: string, refused: string, message: string, accepted: string]

export function testRules(rules: readonly Rule[]): void {
  it.each(rules)('%s', async (_, refused, message, accepted) => {
    const error = await refusal(refused)
    expect(error).toMatchObject({
      code: 'ERR_COMPONENT_MALFORMED',
      message: expect.stringContaining(message),
      facts: { offset: expect.any(Number) },
    })
    expect(await refusal(accepted)).toBeUndefined()
  })
}

/** Returns the error a component is refused with. */
export async function refusal(definitions: string): Promise<unknown> {
  const bytes = await parse(`(component ${definitions})`)
  try {
    validateComponent(decodeComponent(bytes), bytes)
  } catch (error) {
    if (isMayflyError(error)) return error
    throw error
  }
  return undefined
}
