/**
 * Bytes that the host keeps: handed from tool to tool by reference, and read only on request.
 *
 * @module
 */

import { decodeUtf8, encodeUtf8 } from './engine.ts'
import {
  blobAnswer,
  blobMake,
  blobRead,
  blobsGiven,
  blobSize,
  type HostBlob,
} from './host-blobs.ts'
import type { HostFetched } from './host.ts'
import { httpSendForBlob } from './work.ts'
import { send } from './web/fetch.ts'
import { headersOver, noteDecoded } from './web/headers.ts'
import { Response as OwnResponse } from './web/response.ts'

/**
 * Bytes outside of the agent, gone when the request ends. Every method rejects with a `CapabilityError`:
 * `denied` when the manifest says that the agent may hand the blob on and not look at it.
 */
export interface BlobHandle {
  /** In bytes. */
  size(): Promise<number>
  /** `length` bytes from `offset` on, or as many as there are; without, all of them. */
  bytes(offset?: number, length?: number): Promise<Uint8Array>
  /** All of it, as UTF-8. */
  text(): Promise<string>
  /** All of it, parsed. */
  json<T = unknown>(): Promise<T>
  /** Gives it back before the request ends. */
  close(): void
}

/** Bytes that the host keeps for one request: `env.blobs`. */
export interface Blobs {
  /** The blobs that the caller handed over, in the caller's order; empty when the caller is not an agent. */
  readonly given: readonly BlobHandle[]
  /** Has the host keep `content`, text in UTF-8. Throws a `CapabilityError`. */
  make(content: string | Uint8Array | ArrayBuffer): BlobHandle
  /** As `fetch`, but the body of the response stays outside. */
  fetch(...request: Parameters<typeof globalThis.fetch>): Promise<BlobResponse>
  /** A response for the agent to return, with `blob` as its body. Throws when the agent may not read `blob`. */
  respond(blob: BlobHandle, init?: ResponseInit): Response
}

/** The result of `blobs.fetch`. */
export interface BlobResponse {
  /** The HTTP status. */
  readonly status: number
  /** Whether the status is 200 to 299. */
  readonly ok: boolean
  /** The URL that answered. */
  readonly url: string
  /** Whether it is not the one that was asked first. */
  readonly redirected: boolean
  /** Of the response. */
  readonly headers: Headers
  /** The body. */
  readonly blob: BlobHandle
}

const ALL = 0xffff_ffff

/** Returns the host's blob behind `handle`. Throws when `handle` is not a blob of the host. */
export let hostBlobOf: (handle: BlobHandle) => HostBlob

class HostBlobHandle implements BlobHandle {
  readonly #blob: HostBlob

  static {
    hostBlobOf = (handle) => {
      if (handle instanceof HostBlobHandle) return handle.#blob
      throw new TypeError('Cannot hand over a blob: it is not from env.blobs or env.tools')
    }
  }

  constructor(blob: HostBlob) {
    this.#blob = blob
  }

  async size(): Promise<number> {
    return blobSize(this.#blob)
  }

  async bytes(offset = 0, length: number = ALL): Promise<Uint8Array> {
    return blobRead(this.#blob, offset, length)
  }

  async text(): Promise<string> {
    return decodeUtf8(await this.bytes())
  }

  async json<T>(): Promise<T> {
    return JSON.parse(await this.text()) as T
  }

  close(): void {
    this.#blob.drop?.()
  }

  toJSON(): never {
    throw new TypeError('Cannot write a blob as JSON: hand it over in `blobs`, or read it first')
  }

  toString(): never {
    throw new TypeError('Cannot use a blob as text: await its text()')
  }
}

export function toHandle(blob: HostBlob): BlobHandle {
  return new HostBlobHandle(blob)
}

class RequestBlobs implements Blobs {
  #given: readonly BlobHandle[] | undefined

  get given(): readonly BlobHandle[] {
    return (this.#given ??= blobsGiven().map(toHandle))
  }

  make(content: string | Uint8Array | ArrayBuffer): BlobHandle {
    return toHandle(blobMake(toBytes(content)))
  }

  async fetch(...[input, init]: Parameters<typeof globalThis.fetch>): Promise<BlobResponse> {
    // The types of the platform and ours differ only in parts that an agent never sees.
    const { url, fetched } = await send(input as never, init as never, httpSendForBlob)
    return toBlobResponse(fetched, url)
  }

  respond(blob: BlobHandle, init: ResponseInit = {}): Response {
    blobAnswer(hostBlobOf(blob))
    // Our class, with the type of the platform, as everywhere in the interface to agents.
    return new OwnResponse(null, init as never) as unknown as Response
  }
}

function toBlobResponse(
  { status, headers, body, redirectedTo, decoded }: HostFetched<HostBlob>,
  url: string,
): BlobResponse {
  if (decoded) noteDecoded(headers)
  return {
    status,
    ok: status >= 200 && status <= 299,
    url: redirectedTo ?? url,
    redirected: redirectedTo !== null,
    // Ours has all that the type of the platform says.
    headers: headersOver(headers, true) as unknown as Headers,
    blob: toHandle(body),
  }
}

/** Made while the agent is built, and so as new for every request. */
export const blobs: Blobs = new RequestBlobs()

function toBytes(content: string | Uint8Array | ArrayBuffer): Uint8Array {
  if (typeof content === 'string') return encodeUtf8(content)
  if (content instanceof Uint8Array) return content
  if (content instanceof ArrayBuffer) return new Uint8Array(content)
  throw new TypeError('Cannot make a blob: expected text or bytes')
}
