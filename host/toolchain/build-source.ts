/**
 * Builds a source into a component, or finds it built by its content.
 *
 * Runs the code of the agent, so it runs apart: see `builder/`.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { digestOf } from '../digest/index.ts'
import { buildCache } from './build-cache.ts'
import { buildError } from './build-error.ts'
import { BUILD_VERSION, type BuildJob } from './build-job.ts'
import { EVALUATION_MS } from './build-timeout.ts'
import type { BuiltSource } from './builder/protocol.ts'
import type { ComponentizeContext } from './languages/language.ts'
import { loadEngine, TOOLS } from './languages/index.ts'
import { Fence } from './fence/index.ts'
import { optionFiles } from './modules/index.ts'
import { toShown } from './shown-path.ts'
import { FORMER_VERSION, toolManifest, witFiles } from './package-files.ts'

export interface BuildSourceContext extends Pick<ComponentizeContext, 'inTurn'> {
  /** Takes absolute paths of the files read, and of those that would be if they were there. */
  onInputs(paths: readonly string[]): void
}

/** @throws {MayflyError} ERR_BUILD_FAILED, ERR_HOST_UNAVAILABLE */
export async function buildSource(
  {
    agent,
    source,
    engine,
    settings,
    events,
    root,
    cacheDirectory,
    identity,
    timeoutMs = EVALUATION_MS,
  }: BuildJob,
  { inTurn, onInputs }: BuildSourceContext,
): Promise<BuiltSource> {
  if (settings.stackBytes !== undefined && engine !== 'quickjs') {
    const message = `cannot set the stack of engine "${engine}"`
    throw buildError(agent, [{ message, file: toShown(source) }], {
      hint: 'Leave out "stackBytes" of "build" in agent.json: only the engine quickjs has it',
    })
  }
  const cache = buildCache(cacheDirectory)
  await cache.open()
  const startedMs = Date.now()
  const tools = TOOLS[engine].map((name) => toolManifest(name))
  const { prepare } = await loadEngine(engine)
  const fence = new Fence(root)
  const prepared = await prepare({ agent, source, settings, events, fence }).catch(
    (error: unknown) => {
      const read = [source, ...fence.asked]
      onInputs([...read, ...optionFiles(read, fence)])
      throw error
    },
  )
  const fixed = [...witFiles(), ...witFiles(FORMER_VERSION), ...tools]
  const texts = fixed.map((path) => readFileSync(path))
  const key = digestOf(BUILD_VERSION, engine, ...texts, ...prepared.parts)
  const inputs = [...prepared.inputs, ...fixed]
  // Before code of the agent runs, which may have no end.
  onInputs(inputs)
  const sourceMap = prepared.sourceMap?.()
  const withMap = sourceMap === undefined ? {} : { sourceMap }

  const found = await cache.find(key)
  if (found !== undefined) {
    await cache.remember(identity, { startedMs, inputs, digest: found.digest, sourceMap })
    return { ...found, ...withMap, inputs, cached: true }
  }
  const component = await prepared.componentize({ cacheDirectory, timeoutMs, inTurn })
  const digest = await cache.store(key, component)
  await cache.remember(identity, { startedMs, inputs, digest, sourceMap })
  return { component, digest, ...withMap, inputs, cached: false }
}
