/**
 * Reads requests that need no reader of URLs: for a plain path of a plain host, without a body or with a short one. Nearly
 * all that browsers and clients send are such. Every other request goes through the adapter.
 *
 * The URL is the one that the adapter would make: what it would change, decode or refuse is not plain.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http'
import { MAX_WHOLE_BYTES } from '../../../runtime/host-module/index.ts'
import { isBodyless } from '../../../runtime/policy/index.ts'
import type { PlainRequest } from '../../app/index.ts'

// Of ports only those that no reader leaves out, or writes in another way.
const HOST = /^[a-z0-9._-]+(?::(?:[1-5]\d{3,4}|[6-9]\d{3}))?$/
// Nothing that is encoded, and nothing that would be: `%2d` is another way to write a path of the control plane.
const PATH = /^\/[!$&-;=@-Z[\]_a-z~]*$/
const QUERY = /^[!$%&(-;=?-Z[\]_a-z~]*$/
const DOTS = /\/\.\.?(?:\/|$)/
// Of the control plane.
const CONTROL = '/-'

/** A request whose body may be there with its head. */
export interface ReadRequest extends PlainRequest {
  readonly hasBody: boolean
}

/** Reads heads of requests, which `checkHead` has let through. */
export class PlainRequests {
  /** The latest host that was plain: most clients name the same. */
  #host = ''
  #origin = ''
  readonly #scheme: string

  /** @param scheme - that the server speaks */
  constructor(scheme: 'http' | 'https' = 'http') {
    this.#scheme = scheme
  }

  /** Returns the request; nothing when it is for the adapter. */
  read({ method, url: target, headers }: IncomingMessage): ReadRequest | undefined {
    if (method === undefined || target === undefined || !isPlainTarget(target)) return undefined
    // https://www.rfc-editor.org/rfc/rfc9112#section-6-4
    const { host, 'content-length': length, 'transfer-encoding': coding } = headers
    if (coding !== undefined) return undefined
    if (length !== undefined && (isBodyless(method) || Number(length) > MAX_WHOLE_BYTES))
      return undefined
    if (host === undefined) return undefined
    if (host !== this.#host) {
      if (!HOST.test(host)) return undefined
      this.#host = host
      this.#origin = `${this.#scheme}://${host}`
    }
    return { method, url: this.#origin + target, hasBody: length !== undefined }
  }
}

function isPlainTarget(target: string): boolean {
  const queryAt = target.indexOf('?')
  const path = queryAt === -1 ? target : target.slice(0, queryAt)
  if (!PATH.test(path) || path.startsWith(CONTROL) || DOTS.test(path)) return false
  return queryAt === -1 || QUERY.test(target.slice(queryAt + 1))
}
