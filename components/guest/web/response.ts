/**
 * `Response`. `serve` lowers the response of an agent. It reads the header lines directly, so no `Headers` is made
 * unless the agent asks for one.
 *
 * @module
 */

import type { Header, HostOpened } from '../host.ts'
import { parts } from '../parts.ts'
import { ArrivingBody } from './arriving.ts'
import {
  adoptHead,
  adoptSource,
  Body,
  headOf,
  splitSource,
  TEXT_TYPE,
  toContent,
  type BodyInit,
} from './body.ts'
import {
  hasType,
  headersOver,
  linesOf,
  linesToSend,
  noteDecoded,
  toLines,
  type Headers,
  type HeadersInit,
} from './headers.ts'
import { URL } from './url.ts'

export interface ResponseInit {
  status?: number
  statusText?: string
  headers?: HeadersInit
  /** Of a `WebSocketPair`, with status 101: the client gets it. */
  webSocket?: object | null
}

/** Statuses that never have a body (Fetch standard, "null body status"). */
const NULL_BODY = [101, 103, 204, 205, 304]
/** The status of a response that opens a WebSocket. */
export const SWITCHING = 101
const REDIRECT = [301, 302, 303, 307, 308]

/** Fields that few responses set. */
interface About {
  readonly statusText: string
  readonly immutable: boolean
  readonly url: string
  readonly redirected: boolean
  readonly type: 'default' | 'error' | 'basic'
}

// Name the callers that may skip the checks: one has what the host returned, and one has a JSON text.
const FETCHED: unique symbol = Symbol('fetched')
const JSON_TEXT: unique symbol = Symbol('json text')

const JSON_LINE: Header = ['content-type', 'application/json']
// Of many responses: copied before they can change.
const NO_LINES: Header[] = []
const TEXT_LINES: Header[] = [['content-type', TEXT_TYPE]]
const JSON_LINES: Header[] = [JSON_LINE]
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
export let responseOver: (
  record: Omit<HostOpened, 'content'> & { readonly statusText?: string },
  body: Uint8Array | ArrivingBody,
  url: string,
  method: string,
) => Response

/** The lines of its headers, or the headers that were made of them. */
type Head = Header[] | Headers

export class Response extends Body<Head> {
  // One that is defined first, and then set, costs twice.
  declare readonly status: number

  static {
    responseLines = (response) => linesToSend(linesIn(headOf(response)))
    responseOver = (record, body, url, method) => {
      const { status, statusText = '', headers, redirectedTo, decoded } = record
      if (status !== 200) checkStatus(status)
      const isBodiless = method === 'HEAD' || (status !== 200 && NULL_BODY.includes(status))
      if (isBodiless && body instanceof ArrivingBody) body.cancel()
      const response = new Response(isBodiless ? null : (body as never), FETCHED as never)
      ;(response as { status: number }).status = status
      adoptHead(response, headers)
      if (decoded) noteDecoded(headers)
      abouts.set(response, {
        statusText,
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
      super(body, TEXT_LINES)
      this.status = 200
      return
    }
    if ((init as unknown) === JSON_TEXT) {
      super(body as string, JSON_LINES)
      this.status = 200
      return
    }
    if ((init as unknown) === FETCHED) {
      // Not copied: they came from the host for this response.
      super(body as unknown as Uint8Array | ArrivingBody | null, NO_LINES)
      this.status = 200
      return
    }
    const { source, type } = toContent(body)
    if (init === undefined) {
      super(source, type === null ? [] : [['content-type', type]])
      this.status = 200
      return
    }
    const { status = 200, statusText, headers } = init
    const opens = status === SWITCHING && parts.upgrade !== undefined && 'webSocket' in init
    if (status !== 200 && !opens) {
      checkStatus(status)
      if (source !== null && NULL_BODY.includes(status)) throw bodiless(status)
    }
    const lines = headers === undefined || headers === null ? [] : toLines(headers)
    if (type !== null && !hasType(lines)) lines.push(['content-type', type])
    super(source, lines)
    this.status = status
    if (opens) parts.upgrade?.keep(this, init)
    if (statusText !== undefined)
      abouts.set(this, { ...PLAIN, statusText: toStatusText(statusText) })
  }

  static json(value: unknown, init?: ResponseInit): Response {
    const text = JSON.stringify(value) as string | undefined
    if (text === undefined) throw new TypeError('Cannot make a response: the value is not JSON')
    if (init === undefined) return new Response(text, JSON_TEXT as never)
    const response = new Response(null, init)
    if (NULL_BODY.includes(response.status)) throw bodiless(response.status)
    adoptSource(response, text)
    const lines = linesIn(headOf(response))
    if (!hasType(lines)) lines.push(JSON_LINE)
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
    const head = headOf(this)
    if (!Array.isArray(head)) return head
    const isShared = head === TEXT_LINES || head === JSON_LINES || head === NO_LINES
    const headers = headersOver(isShared ? [...head] : head, aboutOf(this).immutable)
    adoptHead(this, headers)
    return headers
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
    adoptHead(copy, [...linesIn(headOf(this))])
    abouts.set(copy, aboutOf(this))
    adoptSource(copy, splitSource(this))
    return copy
  }

  get [Symbol.toStringTag](): string {
    return 'Response'
  }
}

function linesIn(head: Head): Header[] {
  return Array.isArray(head) ? head : linesOf(head)
}

function aboutOf(response: Response): About {
  return abouts.get(response) ?? PLAIN
}

function checkStatus(status: number): void {
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new RangeError(`Cannot make a response: status ${status} is not in 200 to 599`)
  }
}

function toStatusText(text: unknown): string {
  const line = String(text)
  if (/[^\t\x20-\x7e\x80-\xff]/.test(line))
    throw new TypeError(
      'Cannot make a response: a character does not fit in the text of its status',
    )
  return line
}

function bodiless(status: number): TypeError {
  return new TypeError(`Cannot make a response: status ${status} takes no body`)
}
