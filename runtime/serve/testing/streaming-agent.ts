/**
 * Agents of `mayfly:agent` that read and write streamed bodies, from WAT.
 *
 * @module
 */
import { witSource } from '../../../host/toolchain/package-files.ts'
import { componentOf } from '../../link/testing/component.ts'

const AGENT = 'mayfly:agent'
const VERSION = '0.2.0'

/** Where an agent that asks another server sends its request, if nothing else is said. */
export const UPSTREAM = 'http://up.test/'

// Spaces behind a URL do not count.
const URL_LENGTH = 64

/** Imports of core modules; sync ones, so that the guest waits where it stands. */
const IMPORTS: Readonly<Record<string, readonly string[]>> = {
  'request-body': [
    '"take" (func $take (param i32))',
    '"[stream-read-0]take" (func $read (param i32 i32 i32) (result i32))',
    '"[stream-drop-readable-0]take" (func $drop (param i32))',
    '"[future-read-1]take" (func $end-of (param i32 i32) (result i32))',
  ],
  'response-body': [
    '"start" (func $start (param i32 i32 i32 i32))',
    '"write" (func $write (param i32 i32 i32))',
  ],
  http: [`"open" (func $open (param ${'i32 '.repeat(13)}))`],
}

/**
 * An agent with `code` in its handler, whose parameters are `$method $method-length $url $url-length $headers
 * $header-count $body $body-length`; `$code`, `$at` and `$status` are free. It returns an empty answer with `$status`, which
 * counts unless the answer has begun.
 *
 * @param faces - the interfaces that it imports
 * @param upstream - the URL that it asks
 */
export function streamingAgent(
  code: string,
  faces: readonly ('request-body' | 'response-body' | 'http')[],
  upstream: string = UPSTREAM,
): Promise<Uint8Array> {
  const world = `world agent { ${faces.map((face) => `import ${face};`).join(' ')} export handler; }`
  const imports = faces.flatMap((face) =>
    (IMPORTS[face] ?? []).map((each) => `(import "${AGENT}/${face}@${VERSION}" ${each})`),
  )
  const params = ['method', 'url', 'headers', 'body'].flatMap((name) => [
    `(param $${name} i32)`,
    `(param $${name}-length i32)`,
  ])
  const writes = faces.includes('response-body') ? HELPERS : ''
  return componentOf(
    witSource().replace(/^world agent \{[^]*?^\}/m, world),
    `(module
      ${imports.join('\n')}
      (memory (export "memory") 8)
      (global $next (mut i32) (i32.const 262144))
      (data (i32.const 2048) "${upstream.padEnd(URL_LENGTH)}") (data (i32.const 2112) "POST") (data (i32.const 2120) "GET")
      (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
        (global.set $next (i32.add (global.get $next) (i32.and (i32.add (local.get 3) (i32.const 7)) (i32.const -8))))
        (i32.sub (global.get $next) (i32.and (i32.add (local.get 3) (i32.const 7)) (i32.const -8))))
      ${writes}
      ${faces.includes('request-body') ? COPIES : ''}
      (func (export "${AGENT}/handler@${VERSION}#handle") ${params.join(' ')} (result i32)
        (local $code i32) (local $at i32) (local $status i32)
        (local.set $status (i32.const 200))
        ${code}
        (i32.store16 (i32.const 1028) (local.get $status))
        (i32.const 1024)))`,
  )
}

const HELPERS = `
  (func $begin (call $start (i32.const 200) (i32.const 0) (i32.const 0) (i32.const 16)))
  ;; Whether the client takes more.
  (func $send (param $from i32) (param $length i32) (result i32)
    (call $write (local.get $from) (local.get $length) (i32.const 16))
    (i32.eqz (i32.load8_u (i32.const 16))))`

// A chunk is read to 65536. How the body ended is written as [0] or [1x], where x is the number of the error.
const COPIES = `
  (func $copy (param $stream i32) (local $code i32)
    (block $gone
      (loop $more
        (local.set $code (call $read (local.get $stream) (i32.const 65536) (i32.const 65536)))
        (if (i32.shr_u (local.get $code) (i32.const 4)) (then
          (br_if $gone (i32.eqz (call $send (i32.const 65536) (i32.shr_u (local.get $code) (i32.const 4)))))))
        (br_if $more (i32.eqz (i32.and (local.get $code) (i32.const 15)))))))
  (func $tell (param $future i32)
    (drop (call $end-of (local.get $future) (i32.const 40)))
    (i32.store8 (i32.const 48) (i32.const 91))
    (i32.store8 (i32.const 49) (i32.add (i32.const 48) (i32.load8_u (i32.const 40))))
    (i32.store8 (i32.const 50) (i32.add (i32.const 48) (i32.load8_u (i32.const 41))))
    (i32.store8 (i32.const 51) (i32.const 93))
    (drop (call $send (i32.const 48) (i32.const 4))))`

/** Takes its body, which is at 32, 36 and 40: whether there is one, the stream and the future. */
const TAKE = '(call $take (i32.const 32))'

/** Answers with the body of the request as it comes, and how that ended; with "whole" where it was there. */
export const ECHO: string = `
  (call $begin)
  ${TAKE}
  (if (i32.load8_u (i32.const 32))
    (then
      (local.set $at (i32.load (i32.const 40)))
      (call $copy (i32.load (i32.const 36)))
      (call $tell (local.get $at)))
    (else (drop (call $send (local.get $body) (local.get $body-length)))))`

/** Reads the body to its end and answers with status 201 then. */
export const READ_ALL: string = `
  ${TAKE}
  (if (i32.load8_u (i32.const 32)) (then
    (local.set $at (i32.load (i32.const 36)))
    (loop $more
      (local.set $code (call $read (local.get $at) (i32.const 65536) (i32.const 65536)))
      (br_if $more (i32.eqz (i32.and (local.get $code) (i32.const 15)))))))
  (local.set $status (i32.const 201))`

/** Begins an answer, and computes for ever. */
export const COMPUTE: string =
  '(call $begin) (drop (call $send (i32.const 2048) (i32.const 1))) (loop $for-ever (br $for-ever))'

/** Answers without a look at the body. */
export const EARLY: string = '(local.set $status (i32.const 202))'

const request = (method: number, length: number, upload: string): string => `
  (call $open (i32.const ${method}) (i32.const ${length}) (i32.const 2048) (i32.const ${URL_LENGTH})
    (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) ${upload} (i32.const 0) (i32.const 1280))`

const RELAY_ANSWER = `
  (if (i32.load8_u (i32.const 1280))
    (then (local.set $status (i32.add (i32.const 500) (i32.load8_u (i32.const 1284)))))
    (else
      (call $begin)
      (if (i32.load8_u (i32.const 1296))
        (then
          (local.set $at (i32.load (i32.const 1304)))
          (call $copy (i32.load (i32.const 1300)))
          (call $tell (local.get $at)))
        (else (drop (call $send (i32.load (i32.const 1300)) (i32.load (i32.const 1304))))))))`

/** Answers with the response of the upstream as it comes, and how that ended; with status 500 and more on an error. */
export const RELAY: string = `${request(2120, 3, '(i32.const 0) (i32.const 0) (i32.const 0)')} ${RELAY_ANSWER}`

/** The same with the body of the request, which does not come into the guest. */
export const UPLOAD: string = `
  ${TAKE}
  ${request(2112, 4, '(i32.load8_u (i32.const 32)) (i32.load (i32.const 36)) (i32.load (i32.const 40))')}
  ${RELAY_ANSWER}`
