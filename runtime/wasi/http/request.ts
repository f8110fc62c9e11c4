/**
 * Requests: to a guest, and by it.
 *
 * @module
 */
import { isFieldName } from '../../policy/index.ts'
import { unfit } from './error-code.ts'
import { contentLengthOf, freeze, type Fields } from './fields.ts'
import { IncomingBody, type IncomingContent } from './incoming-body.ts'
import { methodName, methodOf, schemeName, schemeOf, type Method, type Scheme } from './method.ts'
import { OutgoingBody } from './outgoing-body.ts'

export class IncomingRequest {
  readonly #method: Method
  readonly #url: URL
  readonly #headers: Fields
  #content: IncomingContent | undefined

  constructor(method: string, url: URL, headers: Fields, content: IncomingContent) {
    this.#method = methodOf(method)
    this.#url = url
    this.#headers = headers
    this.#content = content
  }

  method(): Method {
    return this.#method
  }

  pathWithQuery(): string {
    return this.#url.pathname + this.#url.search
  }

  scheme(): Scheme {
    return schemeOf(this.#url.protocol)
  }

  authority(): string {
    return this.#url.host
  }

  headers(): Fields {
    return this.#headers
  }

  consume(): IncomingBody {
    const content = this.#content
    if (content === undefined) throw unfit()
    this.#content = undefined
    return new IncomingBody(content)
  }
}

/** The request of a guest, before the rules are applied. */
export interface RequestHead {
  readonly method: string
  /** `undefined` when the parts make no URL. */
  readonly url: URL | undefined
  readonly headers: Fields
  readonly body: OutgoingBody | undefined
}

// Characters of a request target: https://www.rfc-editor.org/rfc/rfc3986#appendix-A
const PATH = /^[/*?][\x21-\x7e]*$/
const AUTHORITY = /^[\x21-\x7e]+$/

export let headOf: (request: OutgoingRequest) => RequestHead

export class OutgoingRequest {
  readonly #headers: Fields
  #method: Method = { tag: 'get' }
  #path: string | undefined
  #scheme: Scheme | undefined
  #authority: string | undefined
  #body: OutgoingBody | undefined

  constructor(headers: Fields) {
    this.#headers = freeze(headers)
  }

  body(): OutgoingBody {
    if (this.#body !== undefined) throw unfit()
    return (this.#body = new OutgoingBody('request', contentLengthOf(this.#headers)))
  }

  method(): Method {
    return this.#method
  }

  setMethod(method: Method): void {
    if (!isFieldName(methodName(method))) throw unfit()
    this.#method = method
  }

  pathWithQuery(): string | undefined {
    return this.#path
  }

  setPathWithQuery(path: string | undefined): void {
    if (path !== undefined && path !== '' && !PATH.test(path)) throw unfit()
    this.#path = path
  }

  scheme(): Scheme | undefined {
    return this.#scheme
  }

  setScheme(scheme: Scheme | undefined): void {
    if (scheme !== undefined && !/^[a-z][a-z0-9+.-]*$/i.test(schemeName(scheme))) throw unfit()
    this.#scheme = scheme
  }

  authority(): string | undefined {
    return this.#authority
  }

  setAuthority(authority: string | undefined): void {
    if (authority !== undefined && !(AUTHORITY.test(authority) && isAuthority(authority)))
      throw unfit()
    this.#authority = authority
  }

  headers(): Fields {
    return this.#headers
  }

  static {
    headOf = (request) => {
      const scheme = request.#scheme === undefined ? 'https' : schemeName(request.#scheme)
      const path = request.#path || '/'
      const target = `${scheme}://${request.#authority ?? ''}${path.startsWith('/') ? '' : '/'}${path}`
      return {
        method: methodName(request.#method),
        url: request.#authority === undefined ? undefined : (URL.parse(target) ?? undefined),
        headers: request.#headers,
        body: request.#body,
      }
    }
  }
}

/** A host and perhaps a port, and nothing that would end the authority of a URL. */
function isAuthority(text: string): boolean {
  return !/[/?#@\\]/.test(text) && URL.canParse(`http://${text}/`)
}

export class RequestOptions {
  #connect: bigint | undefined
  #firstByte: bigint | undefined
  #betweenBytes: bigint | undefined

  connectTimeout(): bigint | undefined {
    return this.#connect
  }

  setConnectTimeout(nanos: bigint | undefined): void {
    this.#connect = nanos
  }

  firstByteTimeout(): bigint | undefined {
    return this.#firstByte
  }

  setFirstByteTimeout(nanos: bigint | undefined): void {
    this.#firstByte = nanos
  }

  betweenBytesTimeout(): bigint | undefined {
    return this.#betweenBytes
  }

  setBetweenBytesTimeout(nanos: bigint | undefined): void {
    this.#betweenBytes = nanos
  }
}
