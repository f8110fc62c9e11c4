/**
 * Core modules, rewritten and compiled once however many components have them.
 *
 * Two modules that differ in their data only are one here: a thousand agents built by one toolchain compile
 * nothing after the first.
 *
 * @module
 */
import { analyzeModule, codeIdentity, longExports, rewriteModule } from '../binary/index.ts'
import { webSha256 } from '../digest/index.ts'
import { MayflyError } from '../errors/index.ts'
import { compileModule } from '../modules/index.ts'
import {
  codeOfModule,
  REWRITER_VERSION,
  withFacts,
  type CodeOptions,
  type CoreCode,
  type Facts,
} from './code-facts.ts'

/**
 * Keeps rewritten modules between runs of the host: rewriting a JavaScript engine takes 100 ms.
 *
 * A writer of this store decides which code runs in the sandboxes, so only the host may write to it.
 */
export interface CodeStore {
  /** Must not reject: a store that fails has nothing. */
  get(key: string): Promise<Uint8Array<ArrayBuffer> | undefined>
  /** Must not reject. */
  set(key: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>
}

export class CodeCache {
  readonly #store: CodeStore | undefined
  readonly #codes = new Map<string, Promise<CoreCode>>()

  constructor(store?: CodeStore) {
    this.#store = store
  }

  /** Number of distinct modules compiled. */
  get size(): number {
    return this.#codes.size
  }

  /**
   * Returns the code of a module that `examineModules` let through. Code found in the cache may come from another module
   * with the same identity, and the identity leaves out parts that `examineModules` checks.
   *
   * @throws {MayflyError} ERR_COMPONENT_MALFORMED, ERR_COMPONENT_UNSUPPORTED
   */
  async get(bytes: Uint8Array, options: CodeOptions): Promise<CoreCode> {
    const { marks, fuel, undoGrowth, maxMemoryPages } = options
    const identity = await webSha256(codeIdentity(bytes, { undoGrowth }))
    const flags = `${marks ? 'm' : ''}${fuel ? 'f' : ''}${undoGrowth ? 'g' : ''}`
    const key = `${identity}-${REWRITER_VERSION}${flags}-${maxMemoryPages}`
    let code = this.#codes.get(key)
    if (code === undefined) {
      code = this.#make(key, bytes, options)
      this.#codes.set(key, code)
      // A failure is not kept: it may have been one of memory.
      code.catch(() => this.#codes.delete(key))
    }
    return code
  }

  async #make(key: string, bytes: Uint8Array, options: CodeOptions): Promise<CoreCode> {
    const stored = await this.#store?.get(key)
    const found = stored === undefined ? undefined : await revive(key, stored)
    if (found !== undefined) return found
    const copy = bytes.slice()
    const { module: parts, stampable, reasons, mutatedTables, markable } = analyzeModule(copy)
    const rewritten = rewriteModule(copy, {
      exportState: true,
      stripData: true,
      room: true,
      ...options,
      marks: options.marks && markable,
    })
    const { companions, fuel, room } = rewritten
    const facts: Facts = {
      rewritten: { companions, fuel, room },
      markable,
      stampable,
      reasons,
      mutatesTables: mutatedTables.length > 0,
      ...(fuel ? { exports: longExports(parts) } : {}),
    }
    const module = await compile(rewritten.bytes, 'Cannot compile rewritten core module')
    // Not awaited: the agent can be served whether or not the next start will be quicker.
    void this.#store?.set(key, withFacts(rewritten.bytes, facts))
    return { key, module, ...facts }
  }
}

/** Returns stored code; `undefined` when the file is damaged, so that the code is made again. */
async function revive(key: string, bytes: Uint8Array<ArrayBuffer>): Promise<CoreCode | undefined> {
  try {
    return codeOfModule(key, await compileModule(bytes))
  } catch {
    return undefined
  }
}

async function compile(
  bytes: Uint8Array<ArrayBuffer>,
  action: string,
): Promise<WebAssembly.Module> {
  try {
    return await compileModule(bytes)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new MayflyError('ERR_COMPONENT_MALFORMED', `${action}: ${reason}`, { cause })
  }
}
