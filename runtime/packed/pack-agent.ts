/**
 * Packs an agent that was prepared.
 *
 * @module
 */
import { webSha256 } from '../digest/index.ts'
import { MayflyError } from '../errors/index.ts'
import type { PreparedAgent, PreparedParts } from '../agents/index.ts'
import type { Manifest } from '../manifest/index.ts'
import { modulesBeside, Shape, type PreparedCode } from '../stamp/index.ts'
import { canSuspend, compilePlan } from '../link/index.ts'
import { packVersion, type PackedAgent, type PackedCode } from './format.ts'
import { packImage } from './image-json.ts'

export interface PackOptions {
  readonly manifest: Manifest
  /** Names the types of the host's functions. */
  readonly types: string
  /** Returns the rewritten bytes of a module, by the key of its code. */
  readonly bytesOf: (key: string) => Uint8Array<ArrayBuffer> | undefined
}

/** The files of one packed agent. */
export interface AgentPack {
  readonly agent: PackedAgent
  /** The distinct pages of its image. */
  readonly pages: Uint8Array<ArrayBuffer>
  /** All modules that it needs, by the SHA-256 of their bytes. */
  readonly modules: ReadonlyMap<string, Uint8Array<ArrayBuffer>>
}

/**
 * Packs what `Runtime.prepare` returned.
 *
 * @throws {MayflyError} ERR_COMPONENT_UNSUPPORTED where slots cannot carry each other's state
 */
export async function packAgent(
  prepared: PreparedAgent,
  { manifest, types, bytesOf }: PackOptions,
): Promise<AgentPack> {
  // The cast: nothing else makes one.
  const { digest, plan, optional, declared, guest } = prepared as PreparedParts
  const { name } = manifest
  if (guest.kind !== 'sandbox') throw new TypeError('Cannot pack agent: its guests run elsewhere')
  const { code, unmarked, initial, memoryBytes, suspending } = guest
  if (initial.state !== 'image') throw notPortable(name, reasonOf(code, initial.earlyCall))
  if (!canSuspend())
    throw new MayflyError('ERR_HOST_UNAVAILABLE', `Cannot pack agent "${name}": no JSPI here`)
  const modules = new Map<string, Uint8Array<ArrayBuffer>>()
  const add = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> => {
    const sha256 = await webSha256(bytes)
    modules.set(sha256, bytes)
    return sha256
  }
  const pack = async ({ codes, options, linking }: PreparedCode): Promise<PackedCode> => {
    const shape = new Shape({ key: '', plan: compilePlan(plan), codes, suspending, options })
    for (const bytes of modulesBeside(shape)) await add(bytes)
    const packed = codes.map(async ({ key }) => ({ key, module: await add(requireBytes(key)) }))
    return { codes: await Promise.all(packed), options, linking }
  }
  const requireBytes = (key: string): Uint8Array<ArrayBuffer> => {
    const bytes = bytesOf(key)
    if (bytes === undefined) throw new TypeError(`Cannot pack agent: module ${key} was not kept`)
    return bytes
  }
  const agent: PackedAgent = {
    version: packVersion(types),
    manifest,
    digest,
    // Offsets into a component that is not packed.
    plan: { ...plan, modules: plan.modules.map(() => ({ start: 0, end: 0 })), customSections: [] },
    optional: [...optional],
    declared,
    memoryBytes,
    suspending: [...suspending],
    code: await pack(code),
    ...(unmarked === undefined ? {} : { unmarked: await pack(unmarked) }),
    image: await packImage(initial.image),
  }
  return { agent, pages: initial.image.contents, modules }
}

function notPortable(name: string, reason: string): MayflyError {
  return new MayflyError(
    'ERR_COMPONENT_UNSUPPORTED',
    `Cannot pack agent "${name}": ${reason}, so each request initialises it anew`,
    { hint: 'Serve it with mayfly serve, which needs no image', facts: { agent: name } },
  )
}

function reasonOf({ codes }: PreparedCode, earlyCall: string | undefined): string {
  if (earlyCall !== undefined) return `it calls ${earlyCall} to initialise`
  const reasons = codes.flatMap((each) => each.reasons)
  return reasons[0] ?? 'its state refers to functions of the instance that has it'
}
