/** The engine with the standard capabilities. @module */
import type { HostModule } from '../host-module/index.ts'
import { Runtime as BareRuntime, type CommonRuntimeOptions } from '../agents/index.ts'
import { checkDrivers } from './check-drivers.ts'
import { hostTypes } from './host-types.gen.ts'
import { requireNode } from './require-node.ts'
import { standardCapabilities, withWasi, type Drivers } from './standard.ts'

/** Options of a runtime. */
export interface RuntimeOptions extends CommonRuntimeOptions {
  /** The drivers of the built-in capabilities. */
  drivers?: Drivers
  /**
   * Reads a variable of the host's environment, for `{ "env": "NAME" }` in a manifest's config.
   *
   * @default none is set
   */
  environment?: (name: string) => string | undefined
  /**
   * Capabilities beside the built-in ones. One with the name of a built-in replaces it, in the interfaces of WASI that
   * are made from it as well.
   */
  capabilities?: readonly HostModule[]
}

/**
 * Loads agents and runs them, with the built-in capabilities over the given drivers.
 *
 * Agents of one runtime share its thread, may call each other where their manifests grant it, and share bounded
 * resources: slots, connections, bytes of bodies.
 */
export class Runtime extends BareRuntime {
  /**
   * @throws {MayflyError} ERR_HOST_UNAVAILABLE on a Node that is too old
   * @throws {TypeError} for a driver that lacks one of its methods
   */
  constructor({ drivers = {}, environment, capabilities = [], ...options }: RuntimeOptions = {}) {
    requireNode()
    checkDrivers(drivers)
    const names = new Set(capabilities.map(({ name }) => name))
    const builtIn = standardCapabilities(drivers, environment).filter(
      ({ name }) => !names.has(name),
    )
    super({
      types: hostTypes,
      ...options,
      capabilities: [...builtIn, ...capabilities.map(withWasi)],
      // Drivers of the embedder see nothing of it.
      toWarmUp: () => standardCapabilities({ log: { write() {} } }),
    })
  }
}
