/**
 * A component with functions that clients of models call, by the names that the conformance suite of MCP asks for.
 *
 * @module
 */

import { parse } from '@bytecodealliance/jco'
import { manifestFromObject } from '../../../../runtime/manifest/index.ts'
import { revisionOf, type AgentBundle } from '../index.ts'

const TEXT = 'This is a simple text response for testing.'
const ERROR = 'This tool intentionally returns an error for testing'

/** `spin` never ends. Of a `result` the first byte says which arm it is. */
const TOOLS = `(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 64) "${TEXT}")
    (data (i32.const 256) "${ERROR}")
    (func (export "simple-text") (result i32)
      (i32.store (i32.const 0) (i32.const 64))
      (i32.store (i32.const 4) (i32.const ${TEXT.length}))
      (i32.const 0))
    (func (export "error-handling") (result i32)
      (i32.store8 (i32.const 0) (i32.const 1))
      (i32.store (i32.const 4) (i32.const 256))
      (i32.store (i32.const 8) (i32.const ${ERROR.length}))
      (i32.const 0))
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "spin") (loop (br 0))))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (func $simple (result string) (canon lift (core func $i "simple-text") (memory $memory)))
  (func $error (result (result string (error string)))
    (canon lift (core func $i "error-handling") (memory $memory)))
  (func $add (param "left" u32) (param "right" u32) (result u32)
    (canon lift (core func $i "add")))
  (func $spin (canon lift (core func $i "spin")))
  (instance $tools
    (export "simple-text" (func $simple)) (export "error-handling" (func $error))
    (export "add" (func $add)) (export "spin" (func $spin)))
  (export "acme:test/tools@1.0.0" (instance $tools)))`

/** The component alone. */
export async function toolsComponent(): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await parse(TOOLS))
}

/** An agent that has them. */
export async function toolsAgent(name: string = 'test'): Promise<AgentBundle> {
  const manifest = manifestFromObject({
    name,
    descriptions: {
      'acme:test/tools#simple-text': 'Says a text',
      'acme:test/tools#error-handling': 'Fails',
      'acme:test/tools#add': 'Adds two numbers',
      'acme:test/tools#spin': 'Never ends',
    },
    limits: { deadlineMs: 20_000 },
  })
  const component = await toolsComponent()
  return { manifest, component, revision: revisionOf(manifest, component) }
}
