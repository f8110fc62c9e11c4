/**
 * Writes a small data directory with the host of this checkout: `node write-data-directory.ts DIRECTORY`.
 *
 * `data-directory/` beside this file was written with it by an older host: `README.md` says which.
 *
 * @module
 */

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from '@bytecodealliance/jco'
import { manifestFromObject } from '../../../../runtime/manifest/index.ts'
import { controlSocket, revisionOf, startServer, type AgentBundle } from '../index.ts'
import { ask, deploy, run } from './components.ts'

/** Its `run` adds to the number `n` of the store `notes`, and returns the sum, or -1 where the store refuses. */
const TALLY = `(component
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

async function tally(name: string): Promise<AgentBundle> {
  const component = new Uint8Array(await parse(TALLY))
  const kv = { notes: { access: 'write', maxUses: 3 }, seen: { access: 'write' } }
  const manifest = manifestFromObject({ name, component: 'agent.wasm', capabilities: { kv } })
  return { manifest, component, revision: revisionOf(manifest, component) }
}

const [, , directory] = process.argv
if (directory === undefined) throw new TypeError('node write-data-directory.ts DIRECTORY')
const options = { agents: [], port: 0, workers: 1, dataDirectory: directory } as const
const server = await startServer({ ...options, logLevel: 'error' })
const socketPath = controlSocket(directory) ?? ''
for (const name of ['tally', 'resting']) await deploy(server, await tally(name), socketPath)
await run(server, 'tally', 5)
const order = { method: 'POST', socketPath }
const revoke = JSON.stringify({ revoke: ['kv.seen'] })
await ask(`${server.url}/-/agents/tally/grants`, { ...order, body: revoke })
await ask(`${server.url}/-/agents/resting/disable`, order)
await server.close()
// It is a cache.
rmSync(join(directory, 'code'), { recursive: true, force: true })
