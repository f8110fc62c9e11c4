/**
 * Packs a component and its manifest for the standard capabilities.
 *
 * @module
 */
import { MayflyError } from '../errors/index.ts'
import type { Manifest } from '../manifest/index.ts'
import { packAgent, type AgentPack } from '../packed/index.ts'
import type { CodeStore } from '../stamp/index.ts'
import { HOST_TYPES_NAME } from './host-types.gen.ts'
import { Runtime, type RuntimeOptions } from './runtime.ts'

export interface PackComponentOptions {
  readonly component: Uint8Array
  readonly manifest: Manifest
  readonly features?: RuntimeOptions['features']
  /** Keeps rewritten modules between runs. */
  readonly codeStore?: CodeStore | undefined
}

// Secrets of the host that loads it are read there. Drivers refuse shorter ones.
const UNKNOWN_SECRET = 'unknown-until-loaded'
// Its functions answer agents while they initialise, so what they answer becomes part of the image.
const ENVIRONMENT = 'wasi:cli/environment'

/**
 * @throws {MayflyError} as `Runtime.load` does, and ERR_COMPONENT_UNSUPPORTED for an agent whose state has to be made anew
 *   for each request, or may hold values of the host
 */
export async function packComponent({
  component,
  manifest,
  features,
  codeStore,
}: PackComponentOptions): Promise<AgentPack> {
  const kept = new Map<string, Uint8Array<ArrayBuffer>>()
  const runtime = new Runtime({
    codeStore: keeping(kept, codeStore),
    drivers: { secrets: { name: 'none', get: () => ({ value: UNKNOWN_SECRET }), hint: () => '' } },
    // The values are those of the host that loads it. They are read there.
    environment: () => '',
    warmUp: false,
    ...(features === undefined ? {} : { features }),
  })
  try {
    // A key of an unknown secret cannot be made, and decides nothing here.
    const { secrets: _secrets, ...capabilities } = manifest.capabilities
    const prepared = await runtime.prepare({ component, manifest: { ...manifest, capabilities } })
    requireNoEnvironment(manifest, prepared.interfaces)
    return await packAgent(prepared, {
      manifest,
      types: HOST_TYPES_NAME,
      bytesOf: (key) => kept.get(key),
    })
  } finally {
    await runtime.close()
  }
}

/** Keeps in `kept` what passes through `store`. */
function keeping(
  kept: Map<string, Uint8Array<ArrayBuffer>>,
  store: CodeStore | undefined,
): CodeStore {
  return {
    async get(key) {
      const bytes = await store?.get(key)
      if (bytes !== undefined) kept.set(key, bytes)
      return bytes
    },
    async set(key, bytes) {
      kept.set(key, bytes)
      await store?.set(key, bytes)
    },
  }
}

/** @throws {MayflyError} ERR_COMPONENT_UNSUPPORTED */
function requireNoEnvironment(
  { name, capabilities }: Manifest,
  interfaces: readonly string[],
): void {
  const config = Object.entries(capabilities.config ?? {})
  const [key] = config.find(([, value]) => typeof value !== 'string') ?? []
  if (key === undefined || !interfaces.includes(ENVIRONMENT)) return
  throw new MayflyError(
    'ERR_COMPONENT_UNSUPPORTED',
    `Cannot pack agent "${name}": it may read config "${key}" when it is initialised, and only the host that loads it has the value`,
    { hint: `Write the value itself at capabilities.config.${key}, in agent.json` },
  )
}
