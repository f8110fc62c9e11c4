/**
 * The two ways a component fails to link, with the offset of the definition at fault.
 *
 * @module
 */

import { MayflyError } from '../../errors/index.ts'

export function malformed(state: string, offset: number): never {
  throw new MayflyError(
    'ERR_COMPONENT_MALFORMED',
    `Cannot link component: ${state} at byte ${offset}`,
    { facts: { offset } },
  )
}

export function unsupported(feature: string, offset: number, hint?: string): never {
  throw new MayflyError(
    'ERR_COMPONENT_UNSUPPORTED',
    `Cannot link component: it uses ${feature} at byte ${offset}`,
    { facts: { offset, feature }, ...(hint === undefined ? {} : { hint }) },
  )
}
