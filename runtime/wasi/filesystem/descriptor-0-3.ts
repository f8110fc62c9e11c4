/**
 * `wasi:filesystem/types@0.3` descriptor: with streams of the component model, and errors and types that are variants.
 *
 * @module
 */
import { GuestError } from '../../host-module/index.ts'
import { causeOf, drain, ENDED_WELL, guestStream, IoError, type StreamEnd } from '../io/index.ts'
import type { Node } from './area.ts'
import {
  entriesOf,
  FileDescriptor,
  invocationOf,
  sinkAt,
  sourceAt,
  type DescriptorFlags,
  type Opening,
  type Position,
} from './descriptor.ts'
import { FileFailure, type FileErrorCode } from './file-error.ts'
import { typeOf, type NodeType } from './file-stat.ts'

/** An `error-code` of this version. */
interface ErrorCode {
  readonly tag: FileErrorCode
}

type Ended = Promise<StreamEnd<ErrorCode>>

class StreamingDescriptor extends FileDescriptor {
  /** What was created can be written; what was asked for nothing can be read. */
  static override flagsOf(node: Node, { open, asked }: Opening): DescriptorFlags {
    const { write = false } = asked
    const creates = node.kind === 'file' && open.create === true
    const asksForNone = !write && asked.read !== true && asked.mutateDirectory !== true
    return { ...asked, read: asked.read === true || asksForNone, write: write || creates }
  }

  readViaStream(offset: bigint): [Iterable<Uint8Array> | ReadableStream<Uint8Array>, Ended] {
    try {
      const source = sourceAt(this, offset)
      const [stream, end] = guestStream(source, codeOf)
      void end.then(() => source.dispose?.())
      return [stream, end]
    } catch (error) {
      return [[], failedWith(error)]
    }
  }

  writeViaStream(bytes: ReadableStream<Uint8Array>, offset: bigint): Ended {
    return this.#write(bytes, offset)
  }

  appendViaStream(bytes: ReadableStream<Uint8Array>): Ended {
    return this.#write(bytes, 'end')
  }

  readDirectory(): [Iterable<object[]>, Ended] {
    try {
      const entries = entriesOf(this).map(([name, node]) => ({ type: variant(typeOf(node)), name }))
      return [[entries], Promise.resolve(ENDED_WELL)]
    } catch (error) {
      return [[], failedWith(error)]
    }
  }

  #write(bytes: ReadableStream<Uint8Array>, position: Position): Ended {
    try {
      const sink = sinkAt(this, position)
      return drain(invocationOf(this), bytes, sink, { closed: { tag: 'io' }, codeOf })
    } catch (error) {
      bytes.cancel().catch(() => {})
      return failedWith(error)
    }
  }
}

/** Methods that this version shares with the one before, but for the errors. */
type SharedMethod = Exclude<keyof FileDescriptor, symbol>

/** The class for guests: with what both versions share, in the words of this one. */
export const Descriptor: typeof StreamingDescriptor = (() => {
  class Descriptor extends StreamingDescriptor {}
  for (const name of Object.getOwnPropertyNames(FileDescriptor.prototype)) {
    if (name === 'constructor') continue
    // The cast: only methods of the WIT are enumerated here, and all of them are functions.
    const shared = FileDescriptor.prototype[name as SharedMethod] as (...args: unknown[]) => unknown
    Object.defineProperty(Descriptor.prototype, name, {
      value(this: Descriptor, ...args: unknown[]): unknown {
        try {
          return restated(name, Reflect.apply(shared, this, args))
        } catch (error) {
          throw error instanceof GuestError ? new GuestError(codeOf(error)) : error
        }
      },
    })
  }
  return Descriptor
})()

/** A result in the types of this version. */
function restated(name: string, result: unknown): unknown {
  if (name === 'getType') return variant(result as NodeType)
  if (name !== 'stat' && name !== 'statAt') return result
  const stat = result as { readonly type: NodeType }
  return { ...stat, type: variant(stat.type) }
}

function variant<Name extends string>(tag: Name): { readonly tag: Name } {
  return { tag }
}

function failedWith(error: unknown): Ended {
  if (!(error instanceof GuestError)) throw error
  return Promise.resolve({ tag: 'err', val: codeOf(error) })
}

/** The code for an error of a file, or of a stream of it. */
function codeOf(error: unknown): ErrorCode {
  const { payload } = error as { readonly payload?: FileErrorCode | { readonly val?: unknown } }
  if (typeof payload === 'string') return { tag: payload }
  const cause = payload?.val instanceof IoError ? causeOf(payload.val) : undefined
  return { tag: cause instanceof FileFailure ? cause.code : 'io' }
}
