#!/usr/bin/env node
/**
 * Starts the command line on a Node that can run agents.
 *
 * Plain JavaScript without imports of ours: it has to run on every Node that npm installs this package
 * for. Agents need WebAssembly stack switching (JSPI), which Node has from version 26 on; on an older one
 * this starts the Node 26 that the package `node` brings, when that is installed.
 *
 * @module
 */

import { spawn } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync } from 'node:fs'
import { constants } from 'node:os'
import module from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const HERE = dirname(fileURLToPath(import.meta.url))
const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])

// Compiled once a version, not once a start; by the environment, so that worker threads have it too.
const compileCache = process.env.NODE_COMPILE_CACHE ?? ownFolder('mayfly-compile-cache')
if (compileCache !== undefined) process.env.NODE_COMPILE_CACHE = compileCache

if ('Suspending' in WebAssembly) {
  if (compileCache !== undefined) module.enableCompileCache?.(compileCache)
  await import(pathToFileURL(entry()).href)
} else {
  const node = findNode(HERE) ?? findNode(process.cwd())
  if (node === undefined || process.env.MAYFLY_RELAUNCHED !== undefined) {
    console.error(
      `mayfly: Cannot run on Node ${process.versions.node}: Node 26 or newer is needed (npm install --save-dev node@26)`,
    )
    process.exit(1)
  }
  relaunch(node)
}

/**
 * A folder among those of all users that only this one can write to: what is in it is run. Nothing when
 * another user has made one of its name.
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

/** The sources in a checkout; what they compile to in a published package, where Node does not strip types. */
function entry() {
  const compiled = join(HERE, '../../dist/host/cli/main.js')
  const installed = HERE.split(/[\\/]/).includes('node_modules')
  return installed ? compiled : join(HERE, 'main.ts')
}

/** @param {string} from */
function findNode(from) {
  for (let directory = from; ; directory = dirname(directory)) {
    const file = join(directory, 'node_modules/node/bin/node')
    if (existsSync(file)) return file
    if (directory === dirname(directory)) return undefined
  }
}

/** @param {string} node */
function relaunch(node) {
  const file = fileURLToPath(import.meta.url)
  const child = spawn(node, [file, ...process.argv.slice(2)], {
    stdio: 'inherit',
    // Whatever the version of that Node turns out to be, it is not asked twice.
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
