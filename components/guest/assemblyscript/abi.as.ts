/**
 * The canonical ABI of `mayfly:agent/handler`: the functions that the host calls, and the layout of a request and a
 * response in memory. It is a second entry file for the compiler, so that its exports are exports of the module.
 *
 * Nothing is ever freed. A request finds the memory as the build left it, and the next stamp overwrites its changes.
 * So the bump allocator of the stub runtime is enough, and a `cabi_post_` function would have nothing to do.
 *
 * @module
 */

import { answer, Header, Request, Response } from './message.as'

// `result<response, string>`: a discriminant, then the response. A trap takes the place of the error case.
const RESULT_BYTES: usize = 24
const STATUS: usize = 4
const HEADERS: usize = 8
const BODY: usize = 16

const HEADER_BYTES: usize = 16

/** Allocates memory for values that the host passes in. */
export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  if (size === 0) return align
  const pointer = heap.alloc(size)
  if (oldSize > 0) memory.copy(pointer, old, oldSize)
  return pointer
}

/** `mayfly:agent/handler#handle`, lifted synchronously. */
export function handle(
  method: usize,
  methodLength: usize,
  url: usize,
  urlLength: usize,
  headers: usize,
  headerCount: i32,
  body: usize,
  bodyLength: i32,
): usize {
  const request = new Request(
    String.UTF8.decodeUnsafe(method, methodLength),
    String.UTF8.decodeUnsafe(url, urlLength),
    liftHeaders(headers, headerCount),
    liftBytes(body, bodyLength),
  )
  return lower(answer(request))
}

function liftHeaders(pointer: usize, count: i32): Header[] {
  const headers = new Array<Header>(count)
  for (let i = 0; i < count; i++) {
    const at = pointer + <usize>i * HEADER_BYTES
    headers[i] = new Header(
      String.UTF8.decodeUnsafe(load<u32>(at), load<u32>(at, 4)),
      String.UTF8.decodeUnsafe(load<u32>(at, 8), load<u32>(at, 12)),
    )
  }
  return headers
}

function liftBytes(pointer: usize, length: i32): Uint8Array {
  const bytes = new Uint8Array(length)
  memory.copy(bytes.dataStart, pointer, length)
  return bytes
}

function lower(response: Response): usize {
  const result = heap.alloc(RESULT_BYTES)
  const headers = response.headers
  const lines = heap.alloc(<usize>headers.length * HEADER_BYTES)
  for (let i = 0; i < headers.length; i++) {
    const at = lines + <usize>i * HEADER_BYTES
    lowerText(headers[i].name, at)
    lowerText(headers[i].value, at + 8)
  }
  store<u8>(result, 0)
  store<u16>(result, <u16>response.status, STATUS)
  store<u32>(result, <u32>lines, HEADERS)
  store<u32>(result, headers.length, HEADERS + 4)
  store<u32>(result, <u32>response.body.dataStart, BODY)
  store<u32>(result, response.body.length, BODY + 4)
  return result
}

function lowerText(text: string, at: usize): void {
  const bytes = String.UTF8.encode(text)
  store<u32>(at, <u32>changetype<usize>(bytes))
  store<u32>(at, bytes.byteLength, 4)
}
