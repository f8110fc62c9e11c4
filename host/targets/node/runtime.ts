/**
 * The runtime as Node programs import it: it says so when their Node is too old, before anything else fails on it.
 *
 * @module
 */

import { Runtime as PortableRuntime, type RuntimeOptions } from '../../../runtime/presets/index.ts'
import { requireNode } from './require-node.ts'

/** Loads agents and runs them, with the built-in capabilities over the given drivers. */
export class Runtime extends PortableRuntime {
  /** @throws {MayflyError} ERR_HOST_UNAVAILABLE on a Node that is too old */
  constructor(options: RuntimeOptions = {}) {
    requireNode()
    super(options)
  }
}
