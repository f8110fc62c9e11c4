/**
 * `Request`. A request from the host is made over its record without a check: the host has checked URL and headers, and
 * most agents read only the method and the path.
 *
 * @module
 */

import { CapabilityError } from '../capability-error.ts'
import { explained, type Header, type HostRequest, type Redirect } from '../host.ts'
import { requestBody } from '../work.ts'
import { ArrivingBody } from './arriving.ts'
import { AbortController, signalOfClient, type AbortSignal } from './abort.ts'
import {
  adoptSource,
  Body,
  headOf,
  splitSource,
  takeSource,
  toContent,
  type BodyContent,
  type BodyInit,
} from './body.ts'
import { hasType, headersOver, toLines, type Headers, type HeadersInit } from './headers.ts'
import { isSerialized } from './url-parser.ts'
import { ReadableStream } from './readable-stream.ts'
import { URL } from './url.ts'

export interface RequestInit {
  method?: string
  headers?: HeadersInit
  body?: BodyInit | null
  signal?: AbortSignal | null
  redirect?: Redirect
  /** Has to be given with a stream as body: the response may come before the body has been sent. */
  duplex?: 'half'
  // Kept, and without an effect: an agent has no cookies, cache or page.
  mode?: string
  credentials?: string
  cache?: string
  referrer?: string
  referrerPolicy?: string
  integrity?: string
  keepalive?: boolean
}

/** What a request is made of. The record of the host is one. */
interface About {
  readonly method: string
  readonly url: string
  /** @default 'follow' */
  readonly redirect?: Redirect
  readonly headers?: Header[]
  /** Of one that an agent made. */
  given?: RequestInit
  /** Once they were asked for. */
  shown?: Headers
  signal?: AbortSignal | undefined
}

/** What an agent makes a request of, checked. Most are sent at once, and need no object. */
export interface MadeRequest {
  readonly method: string
  readonly url: string
  readonly redirect: Redirect
  readonly headers: Header[]
  readonly source: BodyContent['source']
  given?: RequestInit
}

// Names the one caller that may skip the checks.
const ARRIVED: unique symbol = Symbol('arrived')

const NOTHING: RequestInit = {}
/** Fields that are kept, each with the values that it may have if not any. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  mode: ['cors', 'no-cors', 'same-origin'],
  credentials: ['omit', 'same-origin', 'include'],
  cache: ['default', 'no-store', 'reload', 'no-cache', 'force-cache', 'only-if-cached'],
  referrer: [],
  referrerPolicy: [],
  integrity: [],
  keepalive: [],
}
const NORMALIZED_METHOD = /^(?:delete|get|head|options|post|put)$/i
const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** Makes the request that an agent sees from the record that crossed the border. */
export function requestOver(record: HostRequest): Request {
  return new Request(record as never, ARRIVED as never)
}

export class Request extends Body<About> {
  constructor(input: Request | URL | string, init: RequestInit = NOTHING) {
    if ((init as unknown) === ARRIVED) {
      const record = input as unknown as HostRequest
      super(record.body.length === 0 ? bodyOnItsWay : record.body, record)
      return
    }
    const made: MadeRequest & About = madeRequest(input, init)
    super(made.source, made)
    if (input instanceof Request || init !== NOTHING) made.given = fieldsOf(input, init)
    made.signal = init.signal ?? (input instanceof Request ? input.signal : undefined)
  }

  get method(): string {
    return headOf(this).method
  }

  get url(): string {
    return headOf(this).url
  }

  get redirect(): Redirect {
    return headOf(this).redirect ?? 'follow'
  }

  get mode(): string {
    return headOf(this).given?.mode ?? 'cors'
  }

  get credentials(): string {
    return headOf(this).given?.credentials ?? 'same-origin'
  }

  get cache(): string {
    return headOf(this).given?.cache ?? 'default'
  }

  get referrer(): string {
    return headOf(this).given?.referrer ?? 'about:client'
  }

  get referrerPolicy(): string {
    return headOf(this).given?.referrerPolicy ?? ''
  }

  get integrity(): string {
    return headOf(this).given?.integrity ?? ''
  }

  get keepalive(): boolean {
    return Boolean(headOf(this).given?.keepalive)
  }

  get destination(): string {
    return ''
  }

  get duplex(): 'half' {
    return 'half'
  }

  get headers(): Headers {
    const about = headOf(this)
    // Only one that has arrived has no mode for redirects.
    return (about.shown ??= headersOver(about.headers ?? [], about.redirect === undefined))
  }

  get signal(): AbortSignal {
    const about = headOf(this)
    return (about.signal ??=
      about.redirect === undefined ? signalOfClient() : new AbortController().signal)
  }

  clone(): Request {
    const copy = new Request(this.url, {
      ...headOf(this).given,
      method: this.method,
      headers: this.headers,
      redirect: this.redirect,
      signal: this.signal,
    })
    adoptSource(copy, splitSource(this))
    return copy
  }

  get [Symbol.toStringTag](): string {
    return 'Request'
  }
}

/** What `init` says, or the request that it is made of, about things that have no effect here. */
function fieldsOf(input: unknown, init: RequestInit): RequestInit {
  const base: RequestInit = input instanceof Request ? input : NOTHING
  const fields: Record<string, unknown> = {}
  for (const [name, known] of Object.entries(FIELDS)) {
    const value: unknown = Reflect.get(init, name) ?? Reflect.get(base, name)
    if (value === undefined) continue
    if (known.length > 0 && !known.includes(String(value))) {
      throw new TypeError(`Cannot make a request: its ${name} is "${String(value)}"`)
    }
    fields[name] = name === 'keepalive' ? Boolean(value) : String(value)
  }
  return fields
}

/** Checks what a request is to be made of. The body of a request that is given is used from then on. */
export function madeRequest(
  input: Request | URL | string,
  init: RequestInit = NOTHING,
): MadeRequest {
  const base = input instanceof Request ? input : undefined
  const method = toMethod(init.method ?? base?.method ?? 'GET')
  const hasBody = init.body !== undefined && init.body !== null
  if (hasBody && (method === 'GET' || method === 'HEAD')) {
    throw new TypeError(`Cannot make a request: method ${method} takes no body`)
  }
  if (init.body instanceof ReadableStream && init.duplex !== 'half') {
    throw new TypeError('Cannot make a request: a stream as its body needs duplex: "half"')
  }
  const { source, type } = toContent(init.body)
  const url = base?.url ?? toUrl(input)
  const redirect = toRedirect(init.redirect ?? base?.redirect ?? 'follow')
  const given = init.headers ?? base?.headers
  const headers = given === undefined ? [] : toLines(given)
  if (type !== null && !hasType(headers)) headers.push(['content-type', type])
  const body = hasBody || base === undefined ? source : takeSource(base)
  return { method, url, redirect, headers, source: body }
}

/** The body of the request that is answered, if it was not there with the head. */
function bodyOnItsWay(): ArrivingBody | null {
  const body = requestBody()
  return body === null ? null : new ArrivingBody(body, bodyError)
}

function bodyError(error: unknown): unknown {
  const cause = explained(error, 'request-body', 'read the body of the request')
  if (!(cause instanceof CapabilityError)) return error
  return Object.assign(new TypeError(cause.message, { cause }), { code: cause.code })
}

function toMethod(method: string): string {
  // Most requests have one of these, and need no pattern.
  if (method === 'GET' || method === 'POST') return method
  if (!METHOD.test(method)) throw new TypeError(`Cannot use method "${method}": not a token`)
  if (/^(?:connect|trace|track)$/i.test(method)) {
    throw new TypeError(`Cannot use method "${method}": forbidden`)
  }
  return NORMALIZED_METHOD.test(method) ? method.toUpperCase() : method
}

function toRedirect(mode: string): Redirect {
  if (mode === 'follow' || mode === 'manual' || mode === 'error') return mode
  throw new TypeError(`Cannot make a request: "${mode}" is no mode for redirects`)
}

function toUrl(input: unknown): string {
  if (typeof input === 'string' && isSerialized(input)) return input
  const url = input instanceof URL ? input : new URL(String(input))
  if (url.username !== '' || url.password !== '') {
    throw new TypeError('Cannot make a request: its URL contains credentials')
  }
  return url.href
}
