/**
 * Requests: to a guest, and by it.
 *
 * @module
 */
import { GuestError } from '../../host-module/index.ts'
import { unfit } from './error-code.ts'
import { contentLengthOf, freeze, type Fields } from './fields.ts'
import { IncomingBody, type IncomingContent } from './incoming-body.ts'
import { methodOf, schemeOf, type Method, type Scheme } from './method.ts'
import { OutgoingBody, sentBody, type SentBody } from './outgoing-body.ts'
import { RequestTarget, targetOf } from './request-target.ts'

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
  readonly body: SentBody | undefined
}

// Characters of a request target: https://www.rfc-editor.org/rfc/rfc3986#appendix-A
const TARGET_RULES = { path: /^[/*?][\x21-\x7e]*$/, authority: /^[\x21-\x7e]+$/, userinfo: false }

export let headOf: (request: OutgoingRequest) => RequestHead

/** Makes `options` unchangeable: they are part of a request now. */
export let sealOptions: (options: RequestOptions) => RequestOptions

export class OutgoingRequest extends RequestTarget {
  readonly #headers: Fields
  #body: OutgoingBody | undefined

  constructor(headers: Fields) {
    super(TARGET_RULES)
    this.#headers = freeze(headers)
  }

  body(): OutgoingBody {
    if (this.#body !== undefined) throw unfit()
    return (this.#body = new OutgoingBody('request', contentLengthOf(this.#headers)))
  }

  method(): Method {
    return this.getMethod()
  }

  pathWithQuery(): string | undefined {
    return this.getPathWithQuery()
  }

  scheme(): Scheme | undefined {
    return this.getScheme()
  }

  authority(): string | undefined {
    return this.getAuthority()
  }

  headers(): Fields {
    return this.#headers
  }

  static {
    headOf = (request) => ({
      ...targetOf(request),
      headers: request.#headers,
      body: request.#body && sentBody(request.#body),
    })
  }
}

/** Times that a guest asks for. Methods that begin with `get` are of WASI 0.3. */
export class RequestOptions {
  #connect: bigint | undefined
  #firstByte: bigint | undefined
  #betweenBytes: bigint | undefined
  #immutable = false

  connectTimeout(): bigint | undefined {
    return this.#connect
  }

  getConnectTimeout(): bigint | undefined {
    return this.#connect
  }

  setConnectTimeout(nanos: bigint | undefined): void {
    this.#check()
    this.#connect = nanos
  }

  firstByteTimeout(): bigint | undefined {
    return this.#firstByte
  }

  getFirstByteTimeout(): bigint | undefined {
    return this.#firstByte
  }

  setFirstByteTimeout(nanos: bigint | undefined): void {
    this.#check()
    this.#firstByte = nanos
  }

  betweenBytesTimeout(): bigint | undefined {
    return this.#betweenBytes
  }

  getBetweenBytesTimeout(): bigint | undefined {
    return this.#betweenBytes
  }

  setBetweenBytesTimeout(nanos: bigint | undefined): void {
    this.#check()
    this.#betweenBytes = nanos
  }

  clone(): RequestOptions {
    const copy = new RequestOptions()
    copy.#connect = this.#connect
    copy.#firstByte = this.#firstByte
    copy.#betweenBytes = this.#betweenBytes
    return copy
  }

  #check(): void {
    if (this.#immutable) throw new GuestError({ tag: 'immutable' })
  }

  static {
    sealOptions = (options) => {
      options.#immutable = true
      return options
    }
  }
}
