/**
 * The two ways a component fails to link, with the offset of the definition at fault.
 *
 * @module
 */

import { MayflyError } from '../../errors/index.ts'

/** @throws {MayflyError} ERR_COMPONENT_MALFORMED, with `state` and `offset` in bytes */
export function malformed(state: string, offset: number): never {
  throw new MayflyError(
    'ERR_COMPONENT_MALFORMED',
    `Cannot link component: ${state} at byte ${offset}`,
    { facts: { offset } },
  )
}

/** @throws {MayflyError} ERR_COMPONENT_UNSUPPORTED, with the name of the feature and `offset` in bytes */
export function unsupported(feature: string, offset: number, hint?: string): never {
  throw new MayflyError(
    'ERR_COMPONENT_UNSUPPORTED',
    `Cannot link component: it uses ${feature} at byte ${offset}`,
    { facts: { offset, feature }, ...(hint === undefined ? {} : { hint }) },
  )
}
