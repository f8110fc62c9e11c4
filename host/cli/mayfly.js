#!/usr/bin/env node
/**
 * Starts the command line on a Node that can run agents.
 *
 * Plain JavaScript without imports of ours: it has to run on every Node that npm installs this package for, also on
 * one that `engines` in package.json leaves out. Agents need WebAssembly stack switching (JSPI), which Node has from
 * 24.20 on. On an older Node this file starts the Node of the package `node`, if that is installed. Otherwise it starts
 * Node 24 again with the flag that enables JSPI there.
 *
 * @module
 */

import { spawn } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import module from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const HERE = dirname(fileURLToPath(import.meta.url))
const USED_WRONGLY = 2 // As `main.ts` ends for a misuse
// Node 24.0 to 24.19 have JSPI behind it.
const JSPI_FLAG = '--experimental-wasm-jspi'
const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])

// Compiled once a version, not once a start; by the environment, so that worker threads have it too.
const compileCache = process.env.NODE_COMPILE_CACHE ?? ownFolder('mayfly-compile-cache')
if (compileCache !== undefined) process.env.NODE_COMPILE_CACHE = compileCache

if ('Suspending' in WebAssembly) {
  if (compileCache !== undefined) module.enableCompileCache?.(compileCache)
  await import(pathToFileURL(entry()).href)
} else if (process.env.MAYFLY_RELAUNCHED !== undefined || !startOther()) {
  console.error(
    `mayfly: Cannot run on Node ${process.versions.node}: Node ${oldestNode()} or newer is needed (npm install --save-dev node@26)`,
  )
  process.exit(USED_WRONGLY)
}

/** Starts a Node that can run agents, or this one so that it can. False when there is none. */
function startOther() {
  const oldest = oldestNode()
  const brought = [HERE, process.cwd()].flatMap(nodesAbove)
  const other = [...brought, { version: process.versions.node, file: process.execPath }].find(
    ({ version }) => Number.parseInt(version) >= oldest,
  )
  if (other === undefined) return false
  relaunch(other.file, other.version.startsWith('24.') ? [JSPI_FLAG] : [])
  return true
}

/** The version that package.json has as `>=24`. */
function oldestNode() {
  const { engines } = JSON.parse(readFileSync(join(HERE, '../../package.json'), 'utf8'))
  return Number.parseInt(engines.node.replace('>=', ''))
}

/**
 * Returns a folder in the shared temporary directory that only this user can write to, because its files are executed.
 * `undefined` when another user has made a folder of that name.
 *
 * @param {string} name
 */
function ownFolder(name) {
  const user = process.getuid?.()
  const folder = join(tmpdir(), user === undefined ? name : `${name}-${user}`)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const { uid, mode } = lstatSync(folder)
    const isOwn = user === undefined || (uid === user && (mode & 0o022) === 0)
    return isOwn ? folder : undefined
  } catch {
    return undefined
  }
}

/** The entry: TypeScript in a checkout; JavaScript in a published package, where Node does not strip types. */
function entry() {
  const compiled = join(HERE, '../../dist/host/cli/main.js')
  const installed = HERE.split(/[\\/]/).includes('node_modules')
  return installed ? compiled : join(HERE, 'main.ts')
}

/**
 * The Node binaries of packages named `node`, the nearest first.
 *
 * @param {string} from
 * @returns {{ version: string; file: string }[]}
 */
function nodesAbove(from) {
  const folder = join(from, 'node_modules/node')
  const file = join(folder, 'bin/node')
  const above = dirname(from) === from ? [] : nodesAbove(dirname(from))
  if (!existsSync(file)) return above
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return [{ version, file }, ...above]
}

/**
 * @param {string} node
 * @param {string[]} flags
 */
function relaunch(node, flags) {
  const file = fileURLToPath(import.meta.url)
  const child = spawn(node, [...flags, file, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, MAYFLY_RELAUNCHED: '1' },
  })
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      // A terminal has interrupted both processes already; a second signal would force the end.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  }
  child.on('exit', (code, signal) => {
    process.exit(code ?? 128 + (signal === null ? 1 : constants.signals[signal]))
  })
}
