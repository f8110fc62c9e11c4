/**
 * `Response`. What an agent returns is lowered by `serve`, which reads the lines without a `Headers` ever
 * being made when the agent never asked for one.
 *
 * @module
 */

import type { Header, HostResponse } from '../host.ts'
import { adoptSource, Body, splitSource, toContent, type BodyInit } from './body.ts'
import { Headers, headersOver, linesOf, toLines, type HeadersInit } from './headers.ts'
import { URL } from './url.ts'

export interface ResponseInit {
  status?: number
  statusText?: string
  headers?: HeadersInit
}

/** Statuses that never have a body (Fetch standard, "null body status"). */
const NULL_BODY = [101, 103, 204, 205, 304]
const REDIRECT = [301, 302, 303, 307, 308]

/** Hands out the header lines without making a `Headers`. For this library only. */
export let responseLines: (response: Response) => Header[]
/** Makes the response of a `fetch`. For this library only. */
export let responseOver: (record: HostResponse, url: string) => Response

export class Response extends Body {
  readonly status: number
  readonly statusText: string
  #lines: Header[]
  #headers: Headers | undefined
  #immutable = false
  #url = ''
  #type: 'default' | 'error' | 'basic' = 'default'

  static {
    responseLines = (response) =>
      response.#headers === undefined ? response.#lines : linesOf(response.#headers)
    responseOver = (record, url) => {
      const bodiless = record.body.length === 0 || NULL_BODY.includes(record.status)
      const response = new Response(null, { status: record.status })
      if (!bodiless) adoptSource(response, record.body)
      response.#lines = record.headers
      response.#immutable = true
      response.#url = url
      response.#type = 'basic'
      return response
    }
  }

  constructor(body?: BodyInit | null, init?: ResponseInit) {
    const content = toContent(body)
    super(content.source)
    const status = init?.status ?? 200
    if (status !== 200) {
      if (!Number.isInteger(status) || status < 200 || status > 599) {
        throw new RangeError(`Cannot make a response: status ${status} is not in 200 to 599`)
      }
      if (content.source !== null && NULL_BODY.includes(status)) {
        throw new TypeError(`Cannot make a response: status ${status} takes no body`)
      }
    }
    this.status = status
    this.statusText = init?.statusText ?? ''
    const headers = init?.headers
    const lines = headers === undefined || headers === null ? [] : toLines(headers)
    if (content.type !== null && !lines.some((line) => line[0] === 'content-type')) {
      lines.push(['content-type', content.type])
    }
    this.#lines = lines
  }

  static json(value: unknown, init: ResponseInit = {}): Response {
    const text = JSON.stringify(value) as string | undefined
    if (text === undefined) throw new TypeError('Cannot make a response: the value is not JSON')
    const response = new Response(text, init)
    const given = init.headers === undefined ? false : new Headers(init.headers).has('content-type')
    if (!given) response.headers.set('content-type', 'application/json')
    return response
  }

  static redirect(url: string | URL, status = 302): Response {
    if (!REDIRECT.includes(status)) {
      throw new RangeError(`Cannot redirect: status ${status} is not one of ${REDIRECT.join(', ')}`)
    }
    return new Response(null, { status, headers: { location: new URL(String(url)).href } })
  }

  static error(): Response {
    const response = new Response(null)
    response.#type = 'error'
    response.#immutable = true
    return response
  }

  get headers(): Headers {
    return (this.#headers ??= headersOver(this.#lines, this.#immutable))
  }

  get ok(): boolean {
    return this.status >= 200 && this.status <= 299
  }

  get url(): string {
    return this.#url
  }

  get type(): 'default' | 'error' | 'basic' {
    return this.#type
  }

  get redirected(): boolean {
    return false
  }

  clone(): Response {
    const copy = new Response(null, { status: this.status, statusText: this.statusText })
    copy.#lines = [...responseLines(this)]
    copy.#immutable = this.#immutable
    copy.#url = this.#url
    copy.#type = this.#type
    adoptSource(copy, splitSource(this))
    return copy
  }

  get [Symbol.toStringTag](): string {
    return 'Response'
  }
}
