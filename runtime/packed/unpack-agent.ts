/**
 * Makes of a packed agent what a runtime adopts.
 *
 * @module
 */
import type { PreparedParts, PreparedSandbox } from '../agents/index.ts'
import { webSha256 } from '../digest/index.ts'
import { MayflyError } from '../errors/index.ts'
import type { Manifest } from '../manifest/index.ts'
import { PACK_HINT } from '../modules/index.ts'
import { codeOfModule, type PreparedCode } from '../stamp/index.ts'
import { packVersion, type PackedAgent, type PackedCode } from './format.ts'
import { unpackImage } from './image-json.ts'

/** Compiled modules by the SHA-256 of their bytes. */
export type GivenModules = Readonly<Record<string, WebAssembly.Module>>

/** The files of a packed agent as they were read. */
export interface PackedFiles {
  /** The content of its JSON file, parsed or as text: not every platform imports JSON as a module. */
  readonly agent: unknown
  /** The content of its file of pages, compressed by gzip as it is. */
  readonly pages: ArrayBuffer | Uint8Array<ArrayBuffer>
}

export interface UnpackedAgent extends PreparedParts {
  readonly manifest: Manifest
  readonly guest: PreparedSandbox
}

/**
 * @param types - names the types of the host's functions
 * @throws {MayflyError} ERR_COMPONENT_MALFORMED for one that another version made, and for damage;
 *   ERR_HOST_UNAVAILABLE for a module that is not there
 */
export async function unpackAgent(
  { agent, pages }: PackedFiles,
  modules: GivenModules,
  types: string,
): Promise<UnpackedAgent> {
  const packed = requirePacked(agent, packVersion(types))
  const { manifest, digest, plan, memoryBytes, code, unmarked, image } = packed
  const { name } = manifest
  const contents = await inflate(pages, image.contents.bytes)
  if (contents === undefined || (await webSha256(contents)) !== image.contents.sha256)
    throw malformed(`agent "${name}"`, 'its pages are not those it was packed with')
  return {
    manifest,
    digest,
    interfaces: [],
    plan,
    optional: new Set(packed.optional),
    declared: packed.declared,
    guest: {
      kind: 'sandbox',
      memoryBytes,
      suspending: new Set(packed.suspending),
      code: codeOf(name, code, modules),
      unmarked: unmarked && codeOf(name, unmarked, modules),
      initial: { state: 'image', image: unpackImage(image, contents) },
    },
  }
}

/** The error of an agent that needs a module which was not given. */
export function missingModule(agent: string, sha256: string): MayflyError {
  return new MayflyError(
    'ERR_HOST_UNAVAILABLE',
    `Cannot load packed agent "${agent}": module ${sha256} was not given`,
    { hint: PACK_HINT, facts: { agent } },
  )
}

function codeOf(
  agent: string,
  { codes, options, linking }: PackedCode,
  modules: GivenModules,
): PreparedCode {
  const found = codes.map(({ key, module: sha256 }) => {
    const module = Object.hasOwn(modules, sha256) ? modules[sha256] : undefined
    if (module === undefined) throw missingModule(agent, sha256)
    const code = codeOfModule(key, module)
    if (code === undefined) throw malformed(`agent "${agent}"`, `module ${sha256} is another`)
    return code
  })
  return { codes: found, options, linking }
}

/** Its parts are those of its version: what made it is trusted. */
function requirePacked(given: unknown, version: string): PackedAgent {
  const value = typeof given === 'string' ? parsed(given) : given
  const found = typeof value === 'object' && value !== null ? { version: undefined, ...value } : {}
  if (!('version' in found) || typeof found.version !== 'string')
    throw malformed('agent', 'it is not the JSON that mayfly pack wrote')
  if (found.version !== version)
    throw malformed('agent', `version ${found.version} packed it, and this is ${version}`)
  // The cast: the version says so.
  return value as PackedAgent
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function malformed(what: string, state: string): MayflyError {
  return new MayflyError('ERR_COMPONENT_MALFORMED', `Cannot load packed ${what}: ${state}`, {
    hint: 'Run mayfly pack again, with the version of mayfly that loads it',
  })
}

/** Decompresses at most `bytes`; nothing when the stream is damaged or has another length. */
async function inflate(
  pages: PackedFiles['pages'],
  bytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const contents = new Uint8Array(bytes)
  const stream = new Blob([pages]).stream().pipeThrough(new DecompressionStream('gzip'))
  let at = 0
  try {
    for await (const chunk of chunksOf(stream)) {
      if (at + chunk.length > bytes) return undefined
      contents.set(chunk, at)
      at += chunk.length
    }
  } catch {
    return undefined
  }
  return at === bytes ? contents : undefined
}

/** Not every platform can iterate streams. */
async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    yield value
  }
}
