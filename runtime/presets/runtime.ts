/** The engine with the standard capabilities. @module */
import type { HostModule } from '../host-module/index.ts'
import { Runtime as Engine, type RuntimeOptions as EngineOptions } from '../agents/index.ts'
import { hostTypes } from './host-types.gen.ts'
import { standardCapabilities, withWasi, type Drivers } from './standard.ts'

export interface RuntimeOptions extends Omit<EngineOptions, 'capabilities' | 'types'> {
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

/** Loads agents and runs them, with the built-in capabilities over the given drivers. */
export class Runtime extends Engine {
  constructor({ drivers = {}, environment, capabilities = [], ...options }: RuntimeOptions = {}) {
    const names = new Set(capabilities.map(({ name }) => name))
    const builtIn = standardCapabilities(drivers, environment).filter(
      ({ name }) => !names.has(name),
    )
    super({
      types: hostTypes,
      ...options,
      capabilities: [...builtIn, ...capabilities.map(withWasi)],
    })
  }
}
