/**
 * `Response`. `serve` lowers the response of an agent. It reads the header lines directly, so no `Headers` is made
 * unless the agent asks for one.
 *
 * @module
 */

import type { Header, HostFetched } from '../host.ts'
import { adoptSource, Body, splitSource, TEXT_TYPE, toContent, type BodyInit } from './body.ts'
import {
  Headers,
  headersOver,
  linesOf,
  linesToSend,
  noteDecoded,
  toLines,
  type HeadersInit,
} from './headers.ts'
import { URL } from './url.ts'

export interface ResponseInit {
  status?: number
  statusText?: string
  headers?: HeadersInit
}

/** Statuses that never have a body (Fetch standard, "null body status"). */
const NULL_BODY = [101, 103, 204, 205, 304]
const REDIRECT = [301, 302, 303, 307, 308]

/** Fields that few responses set. */
interface About {
  readonly statusText: string
  readonly immutable: boolean
  readonly url: string
  readonly redirected: boolean
  readonly type: 'default' | 'error' | 'basic'
}

const TEXT_LINE: Header = ['content-type', TEXT_TYPE]
const JSON_LINE: Header = ['content-type', 'application/json']
const PLAIN: About = {
  statusText: '',
  immutable: false,
  url: '',
  redirected: false,
  type: 'default',
}

// Of the few responses that are not plain.
const abouts = new WeakMap<Response, About>()

/** Hands out the header lines to send without making a `Headers`. For this library only. */
export let responseLines: (response: Response) => Header[]
/** Makes the response of a `fetch`. For this library only. */
export let responseOver: (record: HostFetched, url: string, method: string) => Response

export class Response extends Body {
  readonly status: number
  // Few fields, and none for rare values: each field costs every response, read or not.
  #lines: Header[]
  #headers: Headers | undefined

  static {
    responseLines = (response) => linesToSend(response.#currentLines())
    responseOver = (record, url, method) => {
      const bodiless = method === 'HEAD' || NULL_BODY.includes(record.status)
      const response = new Response(null, { status: record.status })
      if (!bodiless) adoptSource(response, record.body)
      response.#lines = record.headers
      if (record.decoded) noteDecoded(record.headers)
      const { redirectedTo } = record
      abouts.set(response, {
        ...PLAIN,
        immutable: true,
        url: redirectedTo ?? url,
        redirected: redirectedTo !== null,
        type: 'basic',
      })
      return response
    }
  }

  constructor(body?: BodyInit | null, init?: ResponseInit) {
    // Most bodies are texts and need no conversion, and most responses have no options to check.
    if (init === undefined && typeof body === 'string') {
      super(body)
      this.status = 200
      this.#lines = [TEXT_LINE]
      return
    }
    const { source, type } = toContent(body)
    super(source)
    if (init === undefined) {
      this.status = 200
      this.#lines = type === null ? [] : [['content-type', type]]
      return
    }
    const { status = 200, statusText, headers } = init
    if (status !== 200) {
      if (!Number.isInteger(status) || status < 200 || status > 599) {
        throw new RangeError(`Cannot make a response: status ${status} is not in 200 to 599`)
      }
      if (source !== null && NULL_BODY.includes(status)) throw bodiless(status)
    }
    this.status = status
    this.#lines = headers === undefined || headers === null ? [] : toLines(headers)
    if (type !== null && !hasType(this.#lines)) this.#lines.push(['content-type', type])
    if (statusText !== undefined) abouts.set(this, { ...PLAIN, statusText: String(statusText) })
  }

  static json(value: unknown, init?: ResponseInit): Response {
    const text = JSON.stringify(value) as string | undefined
    if (text === undefined) throw new TypeError('Cannot make a response: the value is not JSON')
    if (init === undefined) {
      const response = new Response(text)
      response.#lines[0] = JSON_LINE
      return response
    }
    const response = new Response(null, init)
    if (NULL_BODY.includes(response.status)) throw bodiless(response.status)
    adoptSource(response, text)
    if (!hasType(response.#lines)) response.#lines.push(JSON_LINE)
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
    // No agent has it yet.
    ;(response as { status: number }).status = 0
    abouts.set(response, { ...PLAIN, immutable: true, type: 'error' })
    return response
  }

  get headers(): Headers {
    return (this.#headers ??= headersOver(this.#lines, aboutOf(this).immutable))
  }

  get statusText(): string {
    return aboutOf(this).statusText
  }

  get ok(): boolean {
    return this.status >= 200 && this.status <= 299
  }

  get url(): string {
    return aboutOf(this).url
  }

  get type(): About['type'] {
    return aboutOf(this).type
  }

  get redirected(): boolean {
    return aboutOf(this).redirected
  }

  clone(): Response {
    const copy = new Response(null)
    ;(copy as { status: number }).status = this.status
    copy.#lines = [...this.#currentLines()]
    abouts.set(copy, aboutOf(this))
    adoptSource(copy, splitSource(this))
    return copy
  }

  #currentLines(): Header[] {
    return this.#headers === undefined ? this.#lines : linesOf(this.#headers)
  }

  get [Symbol.toStringTag](): string {
    return 'Response'
  }
}

function aboutOf(response: Response): About {
  return abouts.get(response) ?? PLAIN
}

function hasType(lines: readonly Header[]): boolean {
  for (let at = 0; at < lines.length; at++) if (lines[at]?.[0] === 'content-type') return true
  return false
}

function bodiless(status: number): TypeError {
  return new TypeError(`Cannot make a response: status ${status} takes no body`)
}
