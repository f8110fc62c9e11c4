/**
 * Recognises a file that is not a component, and says how to turn it into one.
 *
 * @module
 */

import { MayflyError } from '../../errors/index.ts'
import { readCoreInterface } from './decode-core.ts'

export interface ForeignFile {
  readonly what: string
  readonly hint: string
}

const WASI_0_1 = 'wasi_snapshot_preview1'

/** Returns `undefined` for a component of the version this decoder knows. */
export function describeForeignFile(bytes: Uint8Array): ForeignFile | undefined {
  if (bytes.length === 0) return { what: 'the file is empty', hint: 'Build the agent again' }
  if (!startsWith(bytes, [0x00, 0x61, 0x73, 0x6d])) return describeOther(bytes)
  if (bytes.length < 8) return { what: 'the file ends at byte 4', hint: 'Build the agent again' }
  const version = (bytes[4] ?? 0) | ((bytes[5] ?? 0) << 8)
  const layer = (bytes[6] ?? 0) | ((bytes[7] ?? 0) << 8)
  if (layer === 0) return describeCoreModule(bytes)
  if (layer === 1 && version === 0x0d) return undefined
  return {
    what: `the file has version ${version} of layer ${layer}, not version 13 of layer 1`,
    hint: 'Build the agent with tools for WASI 0.2 or 0.3',
  }
}

function describeCoreModule(bytes: Uint8Array): ForeignFile {
  if (importsWasi01(bytes)) {
    return {
      what: 'the file is a core module for WASI 0.1',
      hint: 'mayfly run and mayfly serve take it as it is; a program calls adaptCoreModule of mayfly/build first',
    }
  }
  return {
    what: 'the file is a core module',
    hint: 'Make it a component: npx jco new module.wasm -o component.wasm',
  }
}

function importsWasi01(bytes: Uint8Array): boolean {
  try {
    const { imports } = readCoreInterface(bytes, { start: 0, end: bytes.length })
    return imports.some(({ module }) => module === WASI_0_1)
  } catch (error) {
    // Broken beyond its first bytes: then it is a core module all the same.
    if (error instanceof MayflyError) return false
    throw error
  }
}

function describeOther(bytes: Uint8Array): ForeignFile {
  if (startsWith(bytes, [0x1f, 0x8b])) {
    return { what: 'the file is compressed with gzip', hint: 'Unpack it first: gunzip' }
  }
  if (startsWith(bytes, [0x50, 0x4b])) {
    return { what: 'the file is a zip archive', hint: 'Unpack it first: unzip' }
  }
  const head = new TextDecoder().decode(bytes.subarray(0, 512)).trimStart()
  if (/^(?:\(|;;)/.test(head)) {
    return {
      what: 'the file is WebAssembly text',
      hint: 'Assemble it: npx jco parse agent.wat -o agent.wasm',
    }
  }
  // oxlint-disable-next-line no-control-regex -- control characters distinguish binary from text
  if (head !== '' && !/[\u0000-\u0008\ufffd]/.test(head)) {
    return { what: 'the file is text', hint: 'Build it into a component: mayfly build' }
  }
  return {
    what: 'the file is not WebAssembly: it does not begin with "\\0asm"',
    hint: 'Give the .wasm file that mayfly build wrote',
  }
}

function startsWith(bytes: Uint8Array, prefix: readonly number[]): boolean {
  return prefix.every((byte, i) => bytes[i] === byte)
}
