/**
 * Requests and responses, and the one function that answers them.
 *
 * @module
 */

import { Header } from './types.gen.as'

/** A request: one that came in, read to its end, or one to send. */
export class Request {
  constructor(
    readonly method: string,
    readonly url: string,
    readonly headers: Header[] = [],
    readonly body: Uint8Array = new Uint8Array(0),
  ) {}

  /** The value of the first header called `name`, in lower case, or null. */
  header(name: string): string | null {
    for (let i = 0; i < this.headers.length; i++) {
      if (this.headers[i].name == name) return this.headers[i].value
    }
    return null
  }

  /** The path of the URL, from its first slash to its query. */
  get path(): string {
    const authority = this.url.indexOf('://') + 3
    const start = this.url.indexOf('/', authority)
    if (start < 0) return '/'
    const query = this.url.indexOf('?', start)
    return query < 0 ? this.url.substring(start) : this.url.substring(start, query)
  }

  /** The body as text. */
  text(): string {
    return String.UTF8.decodeUnsafe(this.body.dataStart, this.body.length)
  }
}

export class Response {
  constructor(
    readonly status: i32,
    readonly headers: Header[],
    readonly body: Uint8Array,
  ) {}

  /** The body as text. */
  text(): string {
    return String.UTF8.decodeUnsafe(this.body.dataStart, this.body.length)
  }

  static json(body: Uint8Array, status: i32 = 200): Response {
    return new Response(status, [new Header('content-type', 'application/json')], body)
  }

  static text(text: string, status: i32 = 200): Response {
    const type = new Header('content-type', 'text/plain;charset=UTF-8')
    return new Response(status, [type], Uint8Array.wrap(String.UTF8.encode(text)))
  }
}

/** The answer of a server. */
export class Fetched extends Response {
  constructor(
    status: i32,
    headers: Header[],
    body: Uint8Array,
    /** The URL that it came from, if that is not the one of the request. */
    readonly redirectedTo: string | null,
    /** Whether the host has decoded the body. */
    readonly decoded: bool,
  ) {
    super(status, headers, body)
  }
}

type Answer = (request: Request) => Response

let registered: Answer = (_request) => Response.text('This agent answers nothing', 501)

/** Sets the function that answers requests. Called once, at the top level of an agent. */
export function serve(answer: Answer): void {
  registered = answer
}

/** Answers `request` with the function that was given to `serve`. */
export function answer(request: Request): Response {
  return registered(request)
}
