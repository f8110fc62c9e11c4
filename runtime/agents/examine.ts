/**
 * Whether the core modules of an agent may be loaded, and in the words of the agent's operator why not.
 *
 * @module
 */
import { examineModules, FEATURES, type DeclaredState, type Feature } from '../binary/index.ts'
import { isMayflyError, MayflyError } from '../errors/index.ts'
import type { Manifest } from '../manifest/index.ts'

/**
 * Examines `modules`. Modules loaded before do not matter.
 *
 * @param allowed - features that the host allows; a module gets those of them that its manifest asks for
 * @returns the state that an instance of each begins with
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

/** Turns an error into one with the reason why the agent is not loaded, and a hint. Other errors stay unchanged. */
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
