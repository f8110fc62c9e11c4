/**
 * Components that serve `wasi:http@0.3`, from WAT. They return at once, so that their answers need no guest any more.
 *
 * @module
 */
import { componentOf } from '../../link/testing/component.ts'
import { wasiWit } from './service.ts'

const TYPES = '"wasi:http/types@0.3.0"'
// Where results are written, and the result of the handler: its payload is 8 bytes behind its case.
const IMPORTS = [
  `${TYPES} "[constructor]fields" (func $fields (result i32))`,
  `${TYPES} "[static]response.new" (func $response (param i32 i32 i32 i32 i32))`,
  `${TYPES} "[method]response.set-status-code" (func $status (param i32 i32) (result i32))`,
  `${TYPES} "[static]request.consume-body" (func $consume (param i32 i32 i32))`,
  `${TYPES} "[future-new-0][static]request.consume-body" (func $outcome (result i64))`,
  `${TYPES} "[future-new-1][static]response.new" (func $trailers (result i64))`,
  `${TYPES} "[async-lower][future-write-1][static]response.new" (func $no-trailers (param i32 i32) (result i32))`,
]
const CLIENT = '"wasi:http/client@0.3.0" "send" (func $send (param i32 i32))'

const HANDLE = '"wasi:http/handler@0.3.0" "handle" (func $next (param i32 i32))'

const NEXT = [
  HANDLE,
  `${TYPES} "[static]response.consume-body" (func $consume-response (param i32 i32 i32))`,
  `${TYPES} "[future-new-0][static]response.consume-body" (func $response-outcome (result i64))`,
  `${TYPES} "[resource-drop]response" (func $drop-response (param i32))`,
]

/**
 * Returns a service with `code` in its handler, which leaves the result at 64. `$request` is its parameter, `$r` and `$t` are free.
 *
 * @param isClient - whether it sends requests, which a manifest must grant
 */
export function streamingService(code: string, isClient = false): Promise<Uint8Array> {
  return isClient ? served(code, 'client', [CLIENT]) : served(code)
}

/** Returns a middleware, as `streamingService` does. The manifest must grant the handler that comes next. */
export function middleware(code: string): Promise<Uint8Array> {
  return served(code, 'handler', NEXT)
}

/** The same of functions without streams alone: it looks at no body. */
export function headMiddleware(code: string): Promise<Uint8Array> {
  return served(code, 'handler', [HANDLE], [])
}

function served(
  code: string,
  imported?: string,
  more: readonly string[] = [],
  own: readonly string[] = IMPORTS,
): Promise<Uint8Array> {
  const imports = [...own, ...more].map((each) => `(import ${each})`)
  const sends = imported === undefined ? '' : `import wasi:http/${imported}@0.3.0;`
  return componentOf(
    wasiWit(`import wasi:http/types@0.3.0; ${sends} export wasi:http/handler@0.3.0;`, '0.3.0'),
    `(module
      ${imports.join('\n')}
      (memory (export "memory") 1)
      (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
      (func (export "wasi:http/handler@0.3.0#handle") (param $request i32) (result i32)
        (local $r i32) (local $t i64)
        ${code}
        (i32.const 64)))`,
  )
}

/** Answers with the body and the trailers of the request, which never come into the guest. */
export const PASS_ON = `
  (call $consume (local.get $request) (i32.wrap_i64 (call $outcome)) (i32.const 16))
  (call $response (call $fields) (i32.const 1) (i32.load (i32.const 16)) (i32.load (i32.const 20)) (i32.const 32))
  (i32.store (i32.const 72) (i32.load (i32.const 32)))`

/** Answers without a look at the body; the future of its trailers says at 128 that there are none. */
export const AT_ONCE = `
  (local.set $t (call $trailers))
  (call $response (call $fields) (i32.const 0) (i32.const 0) (i32.wrap_i64 (local.get $t)) (i32.const 32))
  (i32.store (i32.const 72) (i32.load (i32.const 32)))
  (drop (call $no-trailers (i32.wrap_i64 (i64.shr_u (local.get $t) (i64.const 32))) (i32.const 128)))`

/** Answers with error `HTTP-request-denied`. */
export const REFUSE =
  '(i32.store8 (i32.const 64) (i32.const 1)) (i32.store8 (i32.const 72) (i32.const 15))'

/** Hands the request to the next handler, and answers with the response or the error of that. */
export const HAND_ON = '(call $next (local.get $request) (i32.const 64))'

/** The same, but for the head of the answer: status 201 and no fields. */
export const HAND_ON_CHANGED: string = `
  ${HAND_ON}
  (if (i32.eqz (i32.load8_u (i32.const 64))) (then
    (call $consume-response (i32.load (i32.const 72)) (i32.wrap_i64 (call $response-outcome)) (i32.const 16))
    (call $response (call $fields) (i32.const 1) (i32.load (i32.const 16)) (i32.load (i32.const 20)) (i32.const 32))
    (drop (call $status (i32.load (i32.const 32)) (i32.const 201)))
    (i32.store (i32.const 72) (i32.load (i32.const 32)))))`

/** The same, but for the answer, which is dropped: the error is `HTTP-request-denied`. */
export const HAND_ON_IN_VAIN: string = `
  ${HAND_ON}
  (call $drop-response (i32.load (i32.const 72)))
  ${REFUSE}`

/** Sends the request on, and answers with the response or the error. */
export const FORWARD = '(call $send (local.get $request) (i32.const 64))'
