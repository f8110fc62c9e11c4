/** What `mayfly doctor` looks at. @module */

import { accessSync, constants, existsSync, lstatSync, readdirSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { freemem } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { auditDirectory } from '../../../data-directory/index.ts'
import { ENGINES } from '../../../../runtime/manifest/index.ts'
import { findTool, installCommand, missingPeers, TOOLS } from '../../../toolchain/index.ts'
import { formatBytes } from '../../format.ts'

/** One thing that was looked at. */
export interface Finding {
  /** `missing`: mayfly serve does not work without. `note`: something to know, or that only some need. */
  readonly state: 'ok' | 'note' | 'missing'
  readonly name: string
  readonly text: string
  /** What to do about it. */
  readonly hint?: string
}

// A host with two workers and an agent in JavaScript takes a third of it.
const LITTLE_MEMORY = 512 * 1024 * 1024
const OTHERS = 0o077

/** Programs that only some agents are built with. */
const PROGRAMS: readonly (readonly [program: string, use: string, hint: string])[] = [
  ['clang', 'agents in C', 'On Debian: apt install clang lld wasi-libc libclang-rt-dev-wasm32'],
  ['wasm-ld', 'agents in C', 'On Debian: apt install lld'],
  ['javy', '"engine": "javy"', 'Install it from https://github.com/bytecodealliance/javy/releases'],
]

export function platformFindings(): Finding[] {
  const { node } = process.versions
  const free = freemem()
  const memory = `${formatBytes(free)} free`
  return [
    // The launcher has found a Node that can: an older one does not get here.
    'Suspending' in WebAssembly
      ? { state: 'ok', name: 'node', text: `${node}, with stack switching (JSPI)` }
      : {
          state: 'missing',
          name: 'node',
          text: `${node}, without stack switching (JSPI)`,
          hint: 'npm install --save-dev node@26',
        },
    free < LITTLE_MEMORY
      ? { state: 'note', name: 'memory', text: memory, hint: 'Serve with --workers 1' }
      : { state: 'ok', name: 'memory', text: memory },
  ]
}

export function toolFindings(): Finding[] {
  return [...engineFindings(), ...programFindings()]
}

/** Whether the packages are there that builds for each engine run. */
function engineFindings(): Finding[] {
  return ENGINES.map((engine) => {
    const [name, missing] = [`"engine": "${engine}"`, missingPeers(TOOLS[engine])]
    if (missing.length === 0) return { state: 'ok', name, text: 'its packages are installed' }
    const text = `not installed: ${missing.join(', ')}; only such agents need it`
    return { state: 'note', name, text, hint: installCommand(missing) }
  })
}

function programFindings(): Finding[] {
  return PROGRAMS.map(([program, use, hint]) => {
    const path = findTool(program)
    return path === undefined
      ? { state: 'note', name: program, text: `not found; it is for ${use} only`, hint }
      : { state: 'ok', name: program, text: path }
  })
}

export function dataFindings(directory: string): Finding[] {
  const name = 'data directory'
  const shown = resolve(directory)
  if (!existsSync(shown)) return [absentDirectory(shown)]
  if (!statSync(shown).isDirectory() || !isWritable(shown)) {
    const text = `${shown} is no directory that this user can write to`
    return [
      { state: 'missing', name, text, hint: 'Choose another with --data, or make it writable' },
    ]
  }
  const open = [shown, ...readdirSync(shown).map((entry) => join(shown, entry))].filter(isOpen)
  const key = join(auditDirectory(shown), 'audit.key')
  return [
    open.length === 0
      ? { state: 'ok', name, text: `${shown}, closed to other users` }
      : {
          state: 'note',
          name,
          text: `open to other users: ${open.join(', ')}`,
          hint: `chmod -R go-rwx ${shown}`,
        },
    existsSync(key)
      ? { state: 'ok', name: 'audit key', text: key }
      : { state: 'note', name: 'audit key', text: 'none yet: a host makes one when it starts' },
  ]
}

/** Whether a host could listen there now. */
export function portFinding(port: number): Promise<Finding> {
  const name = `port ${port}`
  return new Promise((settle) => {
    const probe = createServer()
    probe.once('error', ({ message }) =>
      settle({ state: 'missing', name, text: message, hint: 'Choose another with --port' }),
    )
    probe.listen(port, '127.0.0.1', () =>
      probe.close(() => settle({ state: 'ok', name, text: 'free' })),
    )
  })
}

/** A host makes it, if it may. */
function absentDirectory(path: string): Finding {
  const name = 'data directory'
  const above = nearestAbove(path)
  if (statSync(above).isDirectory() && isWritable(above)) {
    return { state: 'ok', name, text: `${path} is not there yet: a host makes it` }
  }
  const text = `${path} is not there, and cannot be made in ${above}`
  return { state: 'missing', name, text, hint: 'Choose another with --data' }
}

function nearestAbove(path: string): string {
  const parent = dirname(path)
  return existsSync(parent) || parent === path ? parent : nearestAbove(parent)
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Windows has no such modes; the mode of a link means nothing. */
function isOpen(path: string): boolean {
  if (process.platform === 'win32') return false
  const stats = lstatSync(path, { throwIfNoEntry: false })
  return stats !== undefined && !stats.isSymbolicLink() && (stats.mode & OTHERS) !== 0
}
