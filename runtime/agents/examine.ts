/**
 * Whether the core modules of an agent may be loaded, and in the words of the agent's operator why not.
 *
 * @module
 */
import { examineModules, FEATURES, type DeclaredState, type Feature } from '../binary/index.ts'
import { isMayflyError, MayflyError } from '../errors/index.ts'
import type { Manifest } from '../manifest/index.ts'

/**
 * Examines `modules`, whatever was loaded before them.
 *
 * @param allowed - features that the host allows; a module has those that its manifest asks for as well
 * @returns what an instance of each begins with
 * @throws {MayflyError} ERR_COMPONENT_MALFORMED, ERR_COMPONENT_UNSUPPORTED, ERR_LIMIT_EXCEEDED
 */
export async function examine(
  modules: readonly Uint8Array[],
  { name, features: asked = [] }: Pick<Manifest, 'name' | 'features'>,
  allowed: readonly Feature[],
): Promise<DeclaredState[]> {
  try {
    return await examineModules(
      modules,
      asked.filter((feature) => allowed.includes(feature)),
    )
  } catch (error) {
    throw explainRefusal(error, { name, features: asked })
  }
}

/** Says of an error why the agent is not loaded, and what to do about it. One that is about something else stays. */
export function explainRefusal(
  error: unknown,
  { name, features: asked = [] }: Pick<Manifest, 'name' | 'features'>,
): unknown {
  if (!isMayflyError(error) || error.code !== 'ERR_COMPONENT_UNSUPPORTED') return error
  const message = error.message.replace(/^Cannot \w+ core module/, `Cannot load agent "${name}"`)
  const missing = FEATURES.find((feature) => feature === error.facts['feature'])
  const hint =
    missing === undefined
      ? 'mayfly inspect says which core module that is, and what else it uses'
      : asked.includes(missing)
        ? `Start the host with --allow-feature ${missing}`
        : `Add "features": ["${missing}"] to agent.json; the host has to allow it too`
  return new MayflyError(error.code, message, { hint, cause: error, facts: error.facts })
}
