/**
 * Makes a component of a module for WASI 0.1, or finds it made: a large one takes seconds.
 *
 * @module
 */
import { digestOf } from '../digest/index.ts'
import { adaptCoreModule, isCoreModule, JCO } from './adapt-core-module.ts'
import { buildCache } from './build-cache.ts'
import { BUILD_VERSION } from './build-job.ts'
import { pinnedPackages } from './tool-packages.ts'

/**
 * As `adaptCoreModule`.
 *
 * @param directory - where components are kept; nothing is kept without it, nor where it cannot be written
 */
export async function adaptOnce(bytes: Uint8Array, directory?: string): Promise<Uint8Array> {
  if (directory === undefined || !isCoreModule(bytes)) return adaptCoreModule(bytes)
  const cache = buildCache(directory)
  const key = digestOf('adapted', BUILD_VERSION, ...pinnedPackages([JCO]), bytes)
  const found = await cache.find(key)
  if (found !== undefined) return found.component
  const component = await adaptCoreModule(bytes)
  if (component !== bytes) await cache.store(key, component).catch(() => {})
  return component
}
