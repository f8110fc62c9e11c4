/**
 * Core modules, rewritten and compiled once however many components have them.
 *
 * Two modules that differ in their data only are one here: a thousand agents built by one toolchain compile
 * nothing after the first.
 *
 * @module
 */
import {
  analyzeModule,
  appendCustomSection,
  codeIdentity,
  longExports,
  rewriteModule,
  type CompanionImport,
  type LongExports,
} from '../binary/index.ts'
import { webSha256 } from '../digest/index.ts'
import { MayflyError } from '../errors/index.ts'

/** How the modules of a shape are rewritten. */
export interface CodeOptions {
  readonly marks: boolean
  readonly fuel: boolean
  /**
   * Keep the size the guest sees apart from the memory's, so that growth can be undone. Memories accompany
   * each other from module to module: all modules of a component, or none.
   */
  readonly undoGrowth: boolean
  /** The pages of 64 KiB that the component may allocate in all. */
  readonly maxMemoryPages: number
}

export interface CoreCode {
  /** Identifies the code and how it was rewritten. */
  readonly key: string
  readonly module: WebAssembly.Module
  readonly rewritten: {
    readonly companions: readonly CompanionImport[]
    readonly fuel: boolean
    readonly room: boolean
  }
  /** Whether its writes can be marked. */
  readonly markable: boolean
  readonly stampable: boolean
  /** Why not, each a phrase about the module. */
  readonly reasons: readonly string[]
  readonly mutatesTables: boolean
  /** The exports that may compute for long. Absent when the code counts no fuel, so that nothing can stop it. */
  readonly exports?: LongExports
}

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

// Part of every key: raised when the rewriter makes something else of the same module.
const REWRITER_VERSION = 15

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

/** Results of the analysis of a module, stored beside its rewritten bytes. */
type Facts = Omit<CoreCode, 'key' | 'module'>

// A custom section of the rewritten module, so that the store has one file, which is itself a module.
const FACTS_SECTION = '[mayfly]facts'

function withFacts(bytes: Uint8Array<ArrayBuffer>, facts: Facts): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(JSON.stringify(facts))
  return appendCustomSection(bytes, FACTS_SECTION, text)
}

/** Returns stored code; `undefined` when the file is damaged, so that the code is made again. */
async function revive(key: string, bytes: Uint8Array<ArrayBuffer>): Promise<CoreCode | undefined> {
  try {
    const module = await WebAssembly.compile(bytes)
    const [section] = WebAssembly.Module.customSections(module, FACTS_SECTION)
    if (section === undefined) return undefined
    // Written by `withFacts` of this version of the rewriter, which is part of the key.
    const facts = JSON.parse(new TextDecoder().decode(section)) as Facts
    return { key, module, ...facts }
  } catch {
    return undefined
  }
}

async function compile(
  bytes: Uint8Array<ArrayBuffer>,
  action: string,
): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(bytes)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new MayflyError('ERR_COMPONENT_MALFORMED', `${action}: ${reason}`, { cause })
  }
}
