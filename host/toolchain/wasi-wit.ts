/**
 * The WIT of WASI: from the installed jco, and from `wit/wasi` where jco has none.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { WIT_DIRECTORY } from './package-files.ts'

// The newest version that has all packages.
const NEWEST = '0.2.12'

/**
 * The package `wasi:<name>` as text to stand in the source of another package.
 *
 * @param version - not for packages of `wit/wasi`, which are drafts and have one version each
 */
export function wasiSource(name: string, version: string = NEWEST): string {
  const draft = join(WIT_DIRECTORY, 'wasi', `${name}.wit`)
  if (existsSync(draft)) return asNested(readFileSync(draft, 'utf8'))
  const folder = new URL('../lib/wit/builtin/', import.meta.resolve('@bytecodealliance/jco'))
  const own = new URL(`${version}/wasi-${name}/package.wit`, folder)
  // In packages that a version lacks, only the number changed between these versions.
  const file = existsSync(own) ? own : new URL(`${NEWEST}/wasi-${name}/package.wit`, folder)
  return asNested(readFileSync(file, 'utf8').replaceAll(NEWEST, version))
}

/** A world named `service` that is `wasi:http/proxy`, with every package it needs. */
export function proxyWorld(version: string): string {
  // Of `wasi:cli` only the imports of the proxy: the rest would bring files and sockets.
  const streams = ['stdin', 'stdout', 'stderr'].map((name) => {
    const type = name === 'stdin' ? 'input-stream' : 'output-stream'
    return `interface ${name} { use wasi:io/streams@${version}.{${type}}; get-${name}: func() -> ${type}; }`
  })
  const packages = ['io', 'clocks', 'random', 'http'].map((name) => wasiSource(name, version))
  return `package mayfly:service;
world service { include wasi:http/proxy@${version}; }
package wasi:cli@${version} { ${streams.join('\n')} }
${packages.join('\n')}`
}

function asNested(text: string): string {
  return `${text.replace(/^package (wasi:[\w-]+@[\w.-]+);/m, 'package $1 {')}\n}\n`
}
