/**
 * What modules of `extra` add to objects that every agent has. It is empty in an agent that names none of it.
 *
 * @module
 */

import type { Secrets } from './extra/crypto/secrets.ts'
import type { SubtleCrypto } from './extra/crypto/subtle-crypto.ts'
import type { Queues } from './queues.ts'
import type { Strategy } from './web/queuing-strategy.ts'
import type { Readable } from './web/readable-state.ts'

/** What a read into `View` gives. */
export type ReadInto<View> = { done: false; value: View } | { done: true; value: View | undefined }

/** A reader that brings its buffers. */
export interface BYOBReader {
  readonly closed: Promise<undefined>
  /**
   * Reads into `view`, whose buffer is taken: the result has another over the same memory.
   *
   * @param options - `min`: how many elements have to be there, unless the stream ends before. One by default
   */
  read<View extends ArrayBufferView>(
    view: View,
    options?: { min?: number },
  ): Promise<ReadInto<View>>
  cancel(reason?: unknown): Promise<void>
  releaseLock(): void
}

/** Decodes an encoding that is not Unicode. */
export interface LegacyDecoder {
  readonly encoding: string
  /** @param stream - whether more bytes follow */
  decode(bytes: Uint8Array, stream: boolean): string
}

/** What the host hands an agent that is no request, for a method of its default export. */
export interface TakenEvent<End = number[]> {
  /** The field of agent.json that asks for it. */
  readonly field: string
  /** Calls `method` with the event. Resolves with a number for each message, as the adapter reads them. */
  take(method: (event: unknown) => unknown, first: string, second: unknown): Promise<End>
}

/** How a call of a function has ended, as the adapter reads it. */
export interface Ended {
  /** 0 for a result, or a case of the error, from 1 on. */
  readonly which: number
  readonly text: string
}

/** A method of the default export of an agent beside `fetch`. */
export type EventMethod = 'scheduled' | 'queue'

export interface Parts {
  /** Of `env`. */
  secrets?: Secrets
  /** Of `env`. */
  queue?: Queues
  /** By the name of the method. */
  events?: Readonly<Partial<Record<EventMethod, TakenEvent>>>
  /** Of `crypto`. */
  subtle?: SubtleCrypto
  /** Draws what `console.table` is given; nothing for what is no table. */
  table?: (data: unknown, columns?: unknown) => string | undefined
  /** Has a source of bytes fill a stream, and reads one into buffers. */
  bytes?: {
    readonly fill: (stream: Readable, source: object, rules: Strategy) => void
    readonly reader: new (stream: unknown) => BYOBReader
  }
  /** The decoder for a label of an encoding; nothing for one that is not known. */
  legacyDecoder?: (label: string, fatal: boolean) => LegacyDecoder | undefined
  /** Opens a WebSocket in place of an answer. */
  upgrade?: {
    /** Notes `init`, with which `response` was made, when that has a WebSocket. */
    readonly keep: (response: object, init: object) => void
    /** Opens the one of `response`, and resolves when it has ended. */
    readonly open: (response: object, headers: [name: string, value: string][]) => Promise<void>
  }
  /** Returns what checks values by a JSON Schema: it says what is wrong, or nothing. */
  jsonSchema?: (schema: object, whole: string) => (value: unknown) => string | undefined
  /** Takes the place of a stream that is transferred; nothing for what is no stream that can be. */
  moveStream?: (stream: object) => object | undefined
}

export const parts: Parts = {}
