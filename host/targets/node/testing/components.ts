/**
 * Hosts with small components, for tests of hosts whose guests do not end.
 *
 * @module
 */

import { request } from 'node:http'
import { parse } from '@bytecodealliance/jco'
import { manifestFromObject } from '../../../../runtime/manifest/index.ts'
import { revisionOf, type AgentBundle, type MayflyServer } from '../index.ts'

/** A component with the code `run` in its export `run`, and the code `start` in its start function. */
export function component({
  run = '(local.get 0)',
  start = '',
}: {
  run?: string
  start?: string
}): Promise<Uint8Array> {
  return parse(`(component
    (core module $m
      (memory (export "memory") 1)
      ${start === '' ? '' : `(func $start ${start}) (start $start)`}
      (func (export "run") (param i32) (result i32) ${run}))
    (core instance $i (instantiate $m))
    (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))`)
}

/** Never ends, and counts no fuel where metering is `watchdog`. */
export const LOOP = '(loop $l (br $l))'

/**
 * A component whose `run` adds to the number `n` of the store `notes`, and returns the sum, or `REFUSED` if the store
 * refuses.
 */
export const TALLY = `(component
  (import "mayfly:agent/kv@0.1.0" (instance $kv
    (type $e (enum "denied" "limited" "malformed" "unavailable"))
    (export "error" (type $error (eq $e)))
    (export "increment" (func (param "store" string) (param "key" string) (param "delta" s64)
      (result (result s64 (error $error)))))))
  (core module $room (memory (export "memory") 1) (data (i32.const 0) "notesn"))
  (core instance $m (instantiate $room))
  (alias core export $m "memory" (core memory $memory))
  (core func $increment (canon lower (func $kv "increment") (memory $memory)))
  (core module $code
    (import "kv" "increment" (func $increment (param i32 i32 i32 i32 i64 i32)))
    (import "room" "memory" (memory 1))
    (func (export "run") (param i32) (result i32)
      (call $increment (i32.const 0) (i32.const 5) (i32.const 5) (i32.const 1)
        (i64.extend_i32_u (local.get 0)) (i32.const 16))
      (select (i32.const -1) (i32.wrap_i64 (i64.load (i32.const 24))) (i32.load8_u (i32.const 16)))))
  (core instance $i (instantiate $code
    (with "room" (instance $m))
    (with "kv" (instance (export "increment" (func $increment))))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))`

/** The result of `TALLY` in place of a sum: -1, read without a sign. */
export const REFUSED: number = 2 ** 32 - 1

/** An agent of that component, as it is given to a host. */
export async function agent(
  name: string,
  limits: Readonly<Record<string, unknown>>,
  parts: Parameters<typeof component>[0] = {},
): Promise<AgentBundle> {
  return bundle(name, limits, new Uint8Array(await component(parts)))
}

export function bundle(
  name: string,
  limits: Readonly<Record<string, unknown>>,
  bytes: Uint8Array<ArrayBuffer>,
): AgentBundle {
  const manifest = manifestFromObject({ name, component: 'agent.wasm', limits })
  return { manifest, component: bytes, revision: revisionOf(manifest, bytes) }
}

export interface Answer {
  readonly status: number
  readonly body: unknown
}

export interface AskOptions {
  readonly method?: string
  readonly body?: string | FormData
  /** Of the control plane, in place of the port. */
  readonly socketPath?: string
  readonly token?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
}

/** Asks on a new connection; not with `fetch`, which claims to be a browser. Rejects when the connection breaks. */
export async function ask(
  url: string,
  { method = 'GET', body, socketPath, token, headers }: AskOptions = {},
): Promise<Answer> {
  const written = new Response(body ?? null)
  const type = written.headers.get('content-type')
  const bytes = Buffer.from(await written.arrayBuffer())
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method,
      agent: false,
      headers: {
        'content-length': bytes.length,
        ...(type === null ? {} : { 'content-type': type }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(socketPath === undefined ? {} : { socketPath }),
    })
    sent.on('error', reject)
    sent.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        resolve({ status: response.statusCode ?? 0, body: parsed(text) })
      })
    })
    sent.end(bytes)
  })
}

/** Metrics are no JSON, and the answer to HEAD is empty. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Calls `run` of an agent. */
export function run({ url }: Pick<MayflyServer, 'url'>, name: string, n = 1): Promise<Answer> {
  return ask(`${url}/-/functions/${name}/run`, { method: 'POST', body: JSON.stringify({ n }) })
}

/** Deploys `bundle` over the control plane. */
export function deploy(
  { url }: Pick<MayflyServer, 'url'>,
  { manifest, component: bytes }: AgentBundle,
  socketPath: string,
): Promise<Answer> {
  return ask(`${url}/-/agents`, {
    method: 'POST',
    body: deployForm({ manifest, component: bytes }),
    socketPath,
  })
}

/** The body of a deploy. */
export function deployForm({
  manifest,
  component: bytes,
}: Pick<AgentBundle, 'manifest' | 'component'>): FormData {
  const form = new FormData()
  form.set('manifest', JSON.stringify(manifest))
  form.set('component', new Blob([bytes]), 'agent.wasm')
  return form
}
