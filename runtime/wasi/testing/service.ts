/**
 * Components that serve `wasi:http`, from WAT, against the WIT that jco ships.
 *
 * @module
 */
import { wasiSource } from '../../../host/toolchain/wasi-wit.ts'
import { componentOf } from '../../link/testing/component.ts'

/** The packages of WASI 0.2.12, or 0.3.0, in one source, after `world`. */
export function wasiWit(world: string, version?: '0.3.0'): string {
  const io = version === undefined ? ['io'] : []
  const names = [...io, 'clocks', 'random', 'filesystem', 'sockets', 'cli', 'http']
  const packages = names.map((name) => wasiSource(name, version))
  return `package test:service;\nworld service { ${world} }\n${packages.join('')}`
}

/** Functions of `wasi:http/types` and `wasi:io/streams` as core modules import them. */
const IMPORTS: Readonly<Record<string, string>> = {
  fields: '"wasi:http/types@0.2.12" "[constructor]fields" (func $fields (result i32))',
  response:
    '"wasi:http/types@0.2.12" "[constructor]outgoing-response" (func $response (param i32) (result i32))',
  status:
    '"wasi:http/types@0.2.12" "[method]outgoing-response.set-status-code" (func $status (param i32 i32) (result i32))',
  body: '"wasi:http/types@0.2.12" "[method]outgoing-response.body" (func $body (param i32 i32))',
  stream: '"wasi:http/types@0.2.12" "[method]outgoing-body.write" (func $stream (param i32 i32))',
  finish:
    '"wasi:http/types@0.2.12" "[static]outgoing-body.finish" (func $finish (param i32 i32 i32 i32))',
  set: '"wasi:http/types@0.2.12" "[static]response-outparam.set" (func $set (param i32 i32 i32 i32 i64 i32 i32 i32 i32))',
  append:
    '"wasi:http/types@0.2.12" "[method]fields.append" (func $append (param i32 i32 i32 i32 i32 i32))',
  consume:
    '"wasi:http/types@0.2.12" "[method]incoming-request.consume" (func $consume (param i32 i32))',
  incoming:
    '"wasi:http/types@0.2.12" "[method]incoming-body.stream" (func $incoming (param i32 i32))',
  finishIncoming:
    '"wasi:http/types@0.2.12" "[static]incoming-body.finish" (func $finish-incoming (param i32) (result i32))',
  subscribeTrailers:
    '"wasi:http/types@0.2.12" "[method]future-trailers.subscribe" (func $subscribe-trailers (param i32) (result i32))',
  getTrailers:
    '"wasi:http/types@0.2.12" "[method]future-trailers.get" (func $get-trailers (param i32 i32))',
  write:
    '"wasi:io/streams@0.2.12" "[method]output-stream.blocking-write-and-flush" (func $write (param i32 i32 i32 i32))',
  read: '"wasi:io/streams@0.2.12" "[method]input-stream.blocking-read" (func $read (param i32 i64 i32))',
  splice:
    '"wasi:io/streams@0.2.12" "[method]output-stream.blocking-splice" (func $splice (param i32 i32 i64 i32))',
  dropStream:
    '"wasi:io/streams@0.2.12" "[resource-drop]output-stream" (func $drop-stream (param i32))',
  dropInput:
    '"wasi:io/streams@0.2.12" "[resource-drop]input-stream" (func $drop-input (param i32))',
  dropOutparam:
    '"wasi:http/types@0.2.12" "[resource-drop]response-outparam" (func $drop-outparam (param i32))',
  dropBody: '"wasi:http/types@0.2.12" "[resource-drop]outgoing-body" (func $drop-body (param i32))',
  sleep:
    '"wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration" (func $sleep (param i64) (result i32))',
  block: '"wasi:io/poll@0.2.12" "[method]pollable.block" (func $block (param i32))',
  exit: '"wasi:cli/exit@0.2.12" "exit" (func $exit (param i32))',
}

/** Further imports of services that send requests as well. */
const CLIENT_IMPORTS: Readonly<Record<string, string>> = {
  clone: '"wasi:http/types@0.2.12" "[method]fields.clone" (func $clone (param i32) (result i32))',
  requestHeaders:
    '"wasi:http/types@0.2.12" "[method]incoming-request.headers" (func $request-headers (param i32) (result i32))',
  path: '"wasi:http/types@0.2.12" "[method]incoming-request.path-with-query" (func $path (param i32 i32))',
  outgoing:
    '"wasi:http/types@0.2.12" "[constructor]outgoing-request" (func $outgoing (param i32) (result i32))',
  setScheme:
    '"wasi:http/types@0.2.12" "[method]outgoing-request.set-scheme" (func $set-scheme (param i32 i32 i32 i32 i32) (result i32))',
  setAuthority:
    '"wasi:http/types@0.2.12" "[method]outgoing-request.set-authority" (func $set-authority (param i32 i32 i32 i32) (result i32))',
  setPath:
    '"wasi:http/types@0.2.12" "[method]outgoing-request.set-path-with-query" (func $set-path (param i32 i32 i32 i32) (result i32))',
  handle: '"wasi:http/outgoing-handler@0.2.12" "handle" (func $handle (param i32 i32 i32 i32))',
  subscribeResponse:
    '"wasi:http/types@0.2.12" "[method]future-incoming-response.subscribe" (func $subscribe-response (param i32) (result i32))',
  getResponse:
    '"wasi:http/types@0.2.12" "[method]future-incoming-response.get" (func $get-response (param i32 i32))',
  statusOf:
    '"wasi:http/types@0.2.12" "[method]incoming-response.status" (func $status-of (param i32) (result i32))',
  responseHeaders:
    '"wasi:http/types@0.2.12" "[method]incoming-response.headers" (func $response-headers (param i32) (result i32))',
  consumeResponse:
    '"wasi:http/types@0.2.12" "[method]incoming-response.consume" (func $consume-response (param i32 i32))',
  setMethod:
    '"wasi:http/types@0.2.12" "[method]outgoing-request.set-method" (func $set-method (param i32 i32 i32 i32) (result i32))',
  requestBody:
    '"wasi:http/types@0.2.12" "[method]outgoing-request.body" (func $request-body (param i32 i32))',
  subscribeInput:
    '"wasi:io/streams@0.2.12" "[method]input-stream.subscribe" (func $subscribe-input (param i32) (result i32))',
  ready: '"wasi:io/poll@0.2.12" "[method]pollable.ready" (func $ready (param i32) (result i32))',
  poll: '"wasi:io/poll@0.2.12" "poll" (func $poll (param i32 i32 i32))',
}

/**
 * Returns a service with `code` in its handler. `$request` and `$out` are its parameters, `$r`, `$b` and `$s` are free.
 *
 * @param isClient - whether it sends requests, which a manifest must grant
 */
export function service(code: string, isClient = false): Promise<Uint8Array> {
  const all = [...Object.values(IMPORTS), ...(isClient ? Object.values(CLIENT_IMPORTS) : [])]
  const imports = all.map((each) => `(import ${each})`)
  const world = `
    import wasi:http/types@0.2.12; import wasi:clocks/monotonic-clock@0.2.12;
    ${isClient ? 'import wasi:http/outgoing-handler@0.2.12;' : ''}
    import wasi:cli/exit@0.2.12; export wasi:http/incoming-handler@0.2.12;`
  return componentOf(
    wasiWit(world),
    `(module
      ${imports.join('\n')}
      (memory (export "memory") 4)
      (global $next (mut i32) (i32.const 131072))
      (data (i32.const 1024) "hello world, and x-agent: test")
      (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
        (global.set $next (i32.add (global.get $next) (i32.and (i32.add (local.get 3) (i32.const 7)) (i32.const -8))))
        (i32.sub (global.get $next) (i32.and (i32.add (local.get 3) (i32.const 7)) (i32.const -8))))
      (func $answer (param $out i32) (param $r i32)
        (call $set (local.get $out) (i32.const 0) (local.get $r) (i32.const 0) (i64.const 0)
          (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))
      (func $refuse (param $out i32)
        (call $set (local.get $out) (i32.const 1) (i32.const 37) (i32.const 0) (i64.const 0)
          (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))
      (func $body-of (param $r i32) (result i32)
        (call $body (local.get $r) (i32.const 16)) (i32.load (i32.const 20)))
      (func $stream-of (param $b i32) (result i32)
        (call $stream (local.get $b) (i32.const 16)) (i32.load (i32.const 20)))
      (func $hello (param $s i32)
        (call $write (local.get $s) (i32.const 1024) (i32.const 11) (i32.const 16)))
      (func $end (param $b i32) (param $s i32)
        (call $drop-stream (local.get $s))
        (call $finish (local.get $b) (i32.const 0) (i32.const 0) (i32.const 32)))
      (func $wait (param $ms i64)
        (call $block (call $sleep (i64.mul (local.get $ms) (i64.const 1000000)))))
      (func (export "wasi:http/incoming-handler@0.2.12#handle")
        (param $request i32) (param $out i32)
        (local $r i32) (local $b i32) (local $s i32) (local $i i32) (local $n i32)
        ${code}))`,
  )
}

/**
 * Passes the request on to `authority`, with a copy of its headers and an added `te: trailers`, and answers with the
 * response: status, a copy of its headers, body and trailers.
 */
export function proxyTo(authority: string): string {
  return `(local $p i32) (local $f i32)
  ${textAt(2048, 'te')} ${textAt(2056, 'trailers')} ${textAt(2064, authority)}
  (local.set $f (call $clone (call $request-headers (local.get $request))))
  (call $append (local.get $f) (i32.const 2048) (i32.const 2) (i32.const 2056) (i32.const 8) (i32.const 16))
  (local.set $p (call $outgoing (local.get $f)))
  (drop (call $set-scheme (local.get $p) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)))
  (drop (call $set-authority (local.get $p) (i32.const 1) (i32.const 2064) (i32.const ${authority.length})))
  (call $path (local.get $request) (i32.const 16))
  (drop (call $set-path (local.get $p) (i32.load8_u (i32.const 16)) (i32.load (i32.const 20)) (i32.load (i32.const 24))))
  (call $handle (local.get $p) (i32.const 0) (i32.const 0) (i32.const 64))
  (local.set $p (i32.load (i32.const 72)))
  (call $block (call $subscribe-response (local.get $p)))
  (call $get-response (local.get $p) (i32.const 64))
  (local.set $p (i32.load (i32.const 88)))
  (local.set $r (call $response (call $clone (call $response-headers (local.get $p)))))
  (drop (call $status (local.get $r) (call $status-of (local.get $p))))
  (local.set $b (call $body-of (local.get $r)))
  (local.set $s (call $stream-of (local.get $b)))
  (call $consume-response (local.get $p) (i32.const 16))
  (local.set $n (i32.load (i32.const 20)))
  (call $incoming (local.get $n) (i32.const 16))
  (local.set $i (i32.load (i32.const 20)))
  ${ANSWER}
  ${PASS_ON_WITH_TRAILERS}`
}

/**
 * Posts the body of the request to `authority`, and answers with the response, both as they come. What breaks off stays
 * broken.
 *
 * It waits for two pollables: at 256 for the response or its body, at 260 for the body of the request as long as that is open.
 */
export function uploadTo(authority: string): string {
  return `(local $p i32) (local $f i32) (local $up i32) (local $open i32) (local $down i32)
  ${textAt(2064, authority)} ${textAt(2056, '/')}
  (local.set $p (call $outgoing (call $fields)))
  (drop (call $set-method (local.get $p) (i32.const 2) (i32.const 0) (i32.const 0)))
  (drop (call $set-scheme (local.get $p) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)))
  (drop (call $set-authority (local.get $p) (i32.const 1) (i32.const 2064) (i32.const ${authority.length})))
  (drop (call $set-path (local.get $p) (i32.const 1) (i32.const 2056) (i32.const 1)))
  (call $request-body (local.get $p) (i32.const 16))
  (local.set $f (i32.load (i32.const 20)))
  (local.set $up (call $stream-of (local.get $f)))
  (call $handle (local.get $p) (i32.const 0) (i32.const 0) (i32.const 64))
  (local.set $p (i32.load (i32.const 72)))
  ${INPUT}
  (i32.store (i32.const 256) (call $subscribe-response (local.get $p)))
  (i32.store (i32.const 260) (call $subscribe-input (local.get $i)))
  (local.set $open (i32.const 1))
  (loop $more
    (global.set $next (i32.const 131072))
    (call $poll (i32.const 256) (i32.add (i32.const 1) (local.get $open)) (i32.const 16))
    (if (local.get $open) (then (if (call $ready (i32.load (i32.const 260))) (then
      (call $splice (local.get $up) (local.get $i) (i64.const 65536) (i32.const 16))
      (if (i32.load8_u (i32.const 16)) (then
        (if (i32.eqz (i32.load8_u (i32.const 20))) (then (return)))
        (local.set $open (i32.const 0))
        (call $end (local.get $f) (local.get $up))))))))
    (br_if $more (i32.eqz (call $ready (i32.load (i32.const 256)))))
    (if (i32.eqz (local.get $down))
      (then
        (call $get-response (local.get $p) (i32.const 64))
        (if (i32.load8_u (i32.const 80)) (then (return)))
        (local.set $p (i32.load (i32.const 88)))
        ${RESPONSE}
        (drop (call $status (local.get $r) (call $status-of (local.get $p))))
        (call $consume-response (local.get $p) (i32.const 16))
        (local.set $n (i32.load (i32.const 20)))
        (call $incoming (local.get $n) (i32.const 16))
        (local.set $down (i32.load (i32.const 20)))
        (i32.store (i32.const 256) (call $subscribe-input (local.get $down)))
        ${ANSWER})
      (else
        (call $splice (local.get $s) (local.get $down) (i64.const 65536) (i32.const 16))
        (if (i32.load8_u (i32.const 16)) (then
          (if (i32.load8_u (i32.const 20)) (then ${END}))
          (return)))))
    (br $more))`
}

/** Stores that write `text`. */
export function textAt(address: number, text: string): string {
  return Array.from(text, (character, index) => {
    return `(i32.store8 (i32.const ${address + index}) (i32.const ${character.charCodeAt(0)}))`
  }).join(' ')
}

/**
 * Sends the rest of `$i`, of the body `$n`, into `$s`, and ends `$b` with the trailers of that:
 * `option<result<result<option<trailers>, …>>>` at 64.
 */
export const PASS_ON_WITH_TRAILERS = `
  (loop $more
    (call $splice (local.get $s) (local.get $i) (i64.const 65536) (i32.const 16))
    (br_if $more (i32.eqz (i32.load8_u (i32.const 16)))))
  (call $drop-stream (local.get $s))
  (call $drop-input (local.get $i))
  (local.set $i (call $finish-incoming (local.get $n)))
  (call $block (call $subscribe-trailers (local.get $i)))
  (call $get-trailers (local.get $i) (i32.const 64))
  (call $finish (local.get $b)
    (i32.load8_u (i32.const 88)) (i32.load (i32.const 92)) (i32.const 32))`

/** Makes a response in `$r`, its body in `$b` and the stream of it in `$s`. */
export const RESPONSE = `
  (local.set $r (call $response (call $fields)))
  (local.set $b (call $body-of (local.get $r)))
  (local.set $s (call $stream-of (local.get $b)))`

/** Puts the request's body into `$n` and its stream into `$i`. */
export const INPUT = `
  (call $consume (local.get $request) (i32.const 16))
  (local.set $n (i32.load (i32.const 20)))
  (call $incoming (local.get $n) (i32.const 16))
  (local.set $i (i32.load (i32.const 20)))`

export const ANSWER = '(call $answer (local.get $out) (local.get $r))'
export const HELLO = '(call $hello (local.get $s))'
export const END = '(call $end (local.get $b) (local.get $s))'
