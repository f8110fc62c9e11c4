/**
 * The code of a core module as slots use it: compiled, with what its analysis has found.
 *
 * The findings are a custom section of the rewritten module. So a file of it is all that is kept, and is itself a module.
 *
 * @module
 */
import { appendCustomSection, type CompanionImport, type LongExports } from '../binary/index.ts'

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

/** Results of the analysis of a module. */
export type Facts = Omit<CoreCode, 'key' | 'module'>

/**
 * Part of every key: raised when the rewriter makes something else of the same module, or slots ask something else of it.
 */
export const REWRITER_VERSION = 15

const FACTS_SECTION = '[mayfly]facts'

export function withFacts(bytes: Uint8Array<ArrayBuffer>, facts: Facts): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(JSON.stringify(facts))
  return appendCustomSection(bytes, FACTS_SECTION, text)
}

/** Returns the code of `module`, whose bytes `withFacts` made under `key`; nothing when it has no facts. */
export function codeOfModule(key: string, module: WebAssembly.Module): CoreCode | undefined {
  const [section] = WebAssembly.Module.customSections(module, FACTS_SECTION)
  if (section === undefined) return undefined
  // Written by `withFacts` of this version of the rewriter, which is part of the key.
  const facts = JSON.parse(new TextDecoder().decode(section)) as Facts
  return { key, module, ...facts }
}
