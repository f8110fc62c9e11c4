/**
 * The format of packed agents: data that another process loads without the component.
 *
 * A packed agent is trusted like code of the host, because its image decides what memories begin with. So it is checked for
 * the version that made it and for damage, and not for malice.
 *
 * @module
 */
import type { FunctionDescription } from '../agents/index.ts'
import type { Digest } from '../digest/index.ts'
import type { LinkPlan } from '../link/index.ts'
import type { Manifest } from '../manifest/index.ts'
import { REWRITER_VERSION, type CodeOptions } from '../stamp/index.ts'

/** Raised when `PackedAgent` changes, or the meaning of a part of it. */
const FORMAT_VERSION = 1

/** Versions of all that has to be the same where an agent is packed and where it is loaded. `types` names the host's types. */
export function packVersion(types: string): string {
  return `${FORMAT_VERSION}.${REWRITER_VERSION}.${types}`
}

/** Rewritten core modules, each under the SHA-256 of its bytes. */
export interface PackedCode {
  readonly codes: readonly { readonly key: string; readonly module: string }[]
  readonly options: CodeOptions
  readonly linking: string
}

/** A first state, without its pages. */
export interface PackedImage {
  readonly layout: string
  readonly memories: readonly {
    /** Number of pages of 4 KiB. */
    readonly pages: number
    /** Places of the pages, as runs: how many places count up from a first one; or are all 0, for pages of zeros. */
    readonly runs: readonly (readonly [first: number, count: number])[]
  }[]
  /** Numbers, and bigints as texts such as `12n`. */
  readonly globals: readonly (number | string | null)[]
  readonly room: number
  /** Length and SHA-256 of the distinct pages, one after the other. */
  readonly contents: { readonly bytes: number; readonly sha256: string }
}

/** An agent as JSON. Its pages and modules are files beside it. */
export interface PackedAgent {
  readonly version: string
  readonly manifest: Manifest
  readonly digest: Digest
  readonly plan: LinkPlan
  readonly optional: readonly string[]
  /** The functions that it declares in its code. */
  readonly declared: readonly FunctionDescription[]
  readonly memoryBytes: number
  /** The imports, by index, that may have its guests wait: the modules beside its code are made for these. */
  readonly suspending: readonly number[]
  readonly code: PackedCode
  /** The same without marks; absent where `code` has none. */
  readonly unmarked?: PackedCode
  readonly image: PackedImage
}
