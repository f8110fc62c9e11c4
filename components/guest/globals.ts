/**
 * Puts the Web APIs where agents expect them. It is imported before the agent's own module, so that top-level code
 * finds them. It runs while the agent is built, so that no request pays for it.
 *
 * @module
 */

import { define } from './extra/define.ts'
import { parts } from './parts.ts'
import { AbortController, AbortSignal } from './web/abort.ts'
import { Blob, File } from './web/blob.ts'
import { console } from './web/console.ts'
import { Crypto, crypto, random } from './web/crypto.ts'
import { showWebClasses } from './web/inspect-web.ts'
import { Date, performance } from './web/date.ts'
import { CustomEvent, Event, EventTarget } from './web/event-target.ts'
import { fetch } from './web/fetch.ts'
import { FormData } from './web/form-data.ts'
import { Headers } from './web/headers.ts'
import { reportUncaught } from './web/report.ts'
import { Request } from './web/request.ts'
import { Response } from './web/response.ts'
import {
  ReadableStream,
  ReadableStreamDefaultController,
  ReadableStreamDefaultReader,
} from './web/readable-stream.ts'
import { TextDecoder } from './web/text-decoder.ts'
import { TextEncoder } from './web/text-encoder.ts'
import { clearTimeout, setInterval, setTimeout } from './web/timers.ts'
import { URL } from './web/url.ts'
import { URLSearchParams } from './web/url-search-params.ts'
import { WeakRef } from './web/weak-ref.ts'

const globals = {
  AbortController,
  AbortSignal,
  Blob,
  Crypto,
  CustomEvent,
  Date,
  Event,
  EventTarget,
  File,
  FormData,
  Headers,
  ReadableStream,
  ReadableStreamDefaultController,
  ReadableStreamDefaultReader,
  Request,
  Response,
  TextDecoder,
  TextEncoder,
  URL,
  URLSearchParams,
  WeakRef,
  clearInterval: (id?: unknown): void => clearTimeout(id),
  clearTimeout,
  console,
  crypto,
  fetch,
  navigator: { userAgent: 'Mayfly' },
  performance,
  reportError(...given: unknown[]): void {
    if (given.length === 0) throw new TypeError('Cannot report an error: none is given')
    reportUncaught(given[0])
  },
  self: globalThis,
  setInterval,
  setTimeout,
}

// An engine whose world has no cryptography may have some itself.
const { crypto: enginesOwn } = globalThis as unknown as { crypto?: Crypto }
if (enginesOwn?.subtle !== undefined) parts.subtle = enginesOwn.subtle

define(globals)
Object.defineProperty(globalThis.Date.prototype, 'constructor', {
  value: Date,
  writable: true,
  configurable: true,
})
Math.random = random
showWebClasses()
