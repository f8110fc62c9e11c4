/** Builds the subjects of the capabilities suite. @module */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco'
import { buildAgent, PACKAGE_DIRECTORY, type BuiltAgent } from '../../../../host/toolchain/index.ts'

export type CapabilitySubject = 'kv' | 'http' | 'caller' | 'adder' | 'controlled'

/** An agent as its author builds it. */
export function capabilitySubject(name: CapabilitySubject): Promise<BuiltAgent> {
  return buildAgent({ directory: join(import.meta.dirname, `${name}-agent`) })
}

export const KV_KEY = 'key'
const STORE = 'notes'
const VALUE = 'value'

/**
 * The smallest guest that uses a store: `get(n)` and `set(n)` only do so `n` times. Its cost minus the cost of the
 * driver is the cost of Mayfly.
 */
export async function kvLoop(): Promise<Uint8Array> {
  const kv = await readFile(join(PACKAGE_DIRECTORY, 'wit', 'kv.wit'), 'utf8')
  const core = await parse(`(module
    (import "mayfly:agent/kv" "get" (func $get (param i32 i32 i32 i32 i32)))
    (import "mayfly:agent/kv" "set" (func $set (param i32 i32 i32 i32 i32 i32 i32)))
    (memory (export "memory") 1)
    (data (i32.const 16) "${STORE}") (data (i32.const 32) "${KV_KEY}") (data (i32.const 48) "${VALUE}")
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "get") (param $n i32) (result i32)
      (loop $again
        (if (local.get $n) (then
          (call $get (i32.const 16) (i32.const ${STORE.length}) (i32.const 32) (i32.const ${KV_KEY.length}) (i32.const 64))
          (local.set $n (i32.sub (local.get $n) (i32.const 1)))
          (br $again))))
      (i32.load8_u (i32.const 64)))
    (func (export "set") (param $n i32) (result i32)
      (loop $again
        (if (local.get $n) (then
          (call $set (i32.const 16) (i32.const ${STORE.length}) (i32.const 32) (i32.const ${KV_KEY.length})
            (i32.const 48) (i32.const ${VALUE.length}) (i32.const 64))
          (local.set $n (i32.sub (local.get $n) (i32.const 1)))
          (br $again))))
      (i32.load8_u (i32.const 64))))`)
  const embedded = await componentEmbed({
    witSource: `package mayfly:agent; ${kv} world loop {
      import kv; export get: func(n: u32) -> u32; export set: func(n: u32) -> u32; }`,
    binary: core,
    stringEncoding: 'utf8',
  } as Parameters<typeof componentEmbed>[0]) // The declared type asks for more than is read
  return componentNew(embedded)
}
