/**
 * Loads the agents of a pack, with the standard capabilities.
 *
 * @module
 */
import type { Agent } from '../agents/index.ts'
import type { HostModule } from '../host-module/index.ts'
import {
  PackedRuntime,
  type GivenModules,
  type PackedFiles,
  type PackedRuntimeOptions,
} from '../packed/index.ts'
import { checkDrivers } from './check-drivers.ts'
import { HOST_TYPES_NAME } from './host-types.gen.ts'
import { requireNode } from './require-node.ts'
import { standardCapabilities, withWasi, type Drivers } from './standard.ts'

/** The files that `mayfly pack` wrote, as its `index.js` reads them. They are trusted like code of the program. */
export interface Pack<Name extends string = string> {
  /** By name. */
  readonly agents: Readonly<Record<Name, PackedFiles>>
  /** All modules of all agents, by the SHA-256 of their bytes. */
  readonly modules: GivenModules
}

/** Options of `loadPacked`, as `new Runtime` has them. */
export interface LoadPackedOptions extends Omit<PackedRuntimeOptions, 'capabilities' | 'types'> {
  /** The drivers of the built-in capabilities. */
  drivers?: Drivers
  /**
   * Reads a variable of the host's environment, for `{ "env": "NAME" }` in a manifest's config.
   *
   * @default none is set
   */
  environment?: (name: string) => string | undefined
  /** Capabilities beside the built-in ones, or in their place: those that the agents were packed with. */
  capabilities?: readonly HostModule[]
}

/** The agents of a pack, loaded. */
export interface LoadedPack<Name extends string = string> {
  /** What they share. Close it at the end. */
  readonly runtime: PackedRuntime
  /** By name. */
  readonly agents: Readonly<Record<Name, Agent>>
}

/**
 * Loads all agents of a pack. Nothing is decoded, validated, rewritten or compiled, and no code of an agent runs.
 *
 * @throws {MayflyError} ERR_COMPONENT_MALFORMED for agents that another version packed, ERR_HOST_UNAVAILABLE for a module
 *   that is not in the pack, and as `Runtime.load` does for what agents are granted
 *
 * @example
 * ```ts
 * import pack from './packed/index.js'
 *
 * const { agents, runtime } = await loadPacked(pack)
 * const response = await agents.hello.fetch(new Request('http://any/'))
 * await runtime.close()
 * ```
 */
export async function loadPacked<Name extends string>(
  pack: Pack<Name>,
  { drivers = {}, environment, capabilities = [], ...options }: LoadPackedOptions = {},
): Promise<LoadedPack<Name>> {
  requireNode()
  checkDrivers(drivers)
  const names = new Set(capabilities.map(({ name }) => name))
  const builtIn = standardCapabilities(drivers, environment).filter(({ name }) => !names.has(name))
  const runtime = new PackedRuntime({
    ...options,
    types: HOST_TYPES_NAME,
    capabilities: [...builtIn, ...capabilities.map(withWasi)],
  })
  const agents: Record<string, Agent> = {}
  try {
    for (const [name, files] of Object.entries<PackedFiles>(pack.agents))
      agents[name] = await runtime.load(files, pack.modules)
  } catch (error) {
    await runtime.close()
    throw error
  }
  // The cast: it has the same names.
  return { runtime, agents: agents as Readonly<Record<Name, Agent>> }
}
