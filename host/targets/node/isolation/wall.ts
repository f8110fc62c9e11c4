/**
 * What stands between the process of a group and the machine.
 *
 * With bubblewrap the process has namespaces of its own: no network, no files but the engine, no environment, no processes
 * beside its own, no capability. Without, it is a plain process of the same user, and only the permission model of Node
 * is left. That is a belt and no wall: it holds against code that uses the API of Node, and Node itself says that it
 * does not hold against hostile code. In Node 26.10 `node:sqlite` writes files in spite of it.
 *
 * @module
 */

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, dirname, isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What stands, and if it is no wall, why. */
export type Wall =
  | {
      readonly kind: 'bwrap'
      readonly bwrap: string
      /** Flags that this bwrap knows and this system allows. */
      readonly flags?: readonly string[]
    }
  | {
      readonly kind: 'process'
      readonly reason: string
      /** Ends the process with its host, and keeps it from new rights. */
      readonly setpriv?: string | undefined
    }

/** A command that starts the process of a group. */
export interface WallCommand {
  readonly file: string
  readonly args: readonly string[]
}

/** What runs behind the wall. */
export interface Inhabitant {
  /** A module, and the arguments for it. */
  readonly entry: string
  /** Flags of Node beside those of the belt. */
  readonly nodeFlags?: readonly string[]
  /**
   * Whether it wears the belt: a wall must hold without.
   *
   * @default true
   */
  readonly hasBelt?: boolean
  /** Files and folders that it reads beside the engine. */
  readonly reads?: readonly string[]
}

// Without user namespaces within it: they would give back the rights to the rarely used half of the kernel.
const FLAGS_TO_TRY: readonly (readonly string[])[] = [['--disable-userns'], []]
const NO_USER = '65534'
// A wall that stands is up in a tenth of this.
const PROBE_MS = 10_000
const JSPI_FLAG = '--experimental-wasm-jspi'

/** Packages that the engine imports. */
const PACKAGES = ['zod', 'jsonc-parser']

/** Tries to start a process behind a wall. */
export async function standingWall(): Promise<Wall> {
  if (process.platform !== 'linux') return only(`there is no bwrap on ${process.platform}`)
  const bwrap = findProgram('bwrap')
  if (bwrap === undefined) return only('bwrap is not installed')
  let reason = ''
  for (const flags of FLAGS_TO_TRY) {
    const wall: Wall = { kind: 'bwrap', bwrap, flags }
    const failure = await tried(behind(wall, ['--version'], []))
    if (failure === undefined) return wall
    reason = failure
  }
  return only(reason)
}

/** @returns why the command has failed */
function tried({ file, args }: WallCommand): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(file, args, { env: {}, timeout: PROBE_MS }, (error, _stdout, stderr) => {
      const [line = ''] = stderr.trim().split('\n')
      resolve(error === null ? undefined : line === '' ? error.message : line)
    })
  })
}

/** For a log, and for the line that a person reads at the start. */
export function wallText(wall: Wall): string {
  return wall.kind === 'bwrap' ? 'bwrap' : `process only (${wall.reason})`
}

export function commandOf(
  wall: Wall,
  { entry, nodeFlags = [], hasBelt = true, reads = [] }: Inhabitant,
): WallCommand {
  const readable = [...engineFiles(), ...reads]
  const flags = [
    ...process.execArgv.filter((flag) => flag === JSPI_FLAG),
    ...(hasBelt
      ? ['--permission', '--allow-worker', ...readable.map((path) => `--allow-fs-read=${path}`)]
      : []),
    // The warning that the permission model is on.
    '--no-warnings',
    ...nodeFlags,
  ]
  const node = [...flags, entry]
  if (wall.kind === 'process') return beside(wall, node)
  return behind(wall, node, readable)
}

function behind(
  { bwrap, flags = [] }: Extract<Wall, { kind: 'bwrap' }>,
  node: readonly string[],
  readable: readonly string[],
): WallCommand {
  const { execPath } = process
  const args = [
    // No `--new-session`: the process has one already, by which it is ended with all that it has started.
    ...['--unshare-all', '--unshare-user', '--die-with-parent', '--clearenv'],
    ...['--cap-drop', 'ALL', '--uid', NO_USER, '--gid', NO_USER, '--hostname', 'group'],
    ...flags,
    ...[execPath, ...libraries(), ...readable].flatMap((path) => ['--ro-bind', path, path]),
    // The one device that libraries open. `--dev` has terminals too, which are few for a whole machine.
    ...['--dir', '/dev', '--dev-bind', '/dev/null', '/dev/null'],
    // The files of the wall are in memory, and nothing is written to that either.
    ...['--remount-ro', '/', '--chdir', '/'],
    ...['--', execPath, ...node],
  ]
  return { file: bwrap, args }
}

/** Libraries that Node is linked with, and no folder of them: /usr/lib holds programs, such as those of git. */
function libraries(): readonly string[] {
  return (foundLibraries ??= sharedObjects().filter((path) => isAbsolute(path)))
}

let foundLibraries: readonly string[] | undefined

function sharedObjects(): readonly string[] {
  const report: NodeJS.ProcessReport & { excludeNetwork?: boolean } = process.report
  const before = report.excludeNetwork ?? false
  // It would look up the names of all peers.
  report.excludeNetwork = true
  const { sharedObjects: found } = report.getReport() as { sharedObjects: readonly string[] } // Of Node 12 and newer
  report.excludeNetwork = before
  return found
}

/** The code that runs guests, in a checkout or a published package: nothing beside it, such as data, is shown. */
function engineFiles(): string[] {
  const root = fileURLToPath(new URL('../../../../', import.meta.url))
  const manifest = [root, dirname(root)]
    .map((folder) => join(folder, 'package.json'))
    .find((file) => existsSync(file))
  return [
    join(root, 'runtime'),
    join(root, 'host', 'targets', 'node', 'isolation'),
    ...(manifest === undefined ? [] : [manifest]),
    ...PACKAGES.map((name) => packageFolder(name, root)),
  ]
}

function packageFolder(name: string, from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const found = join(folder, 'node_modules', name)
    if (existsSync(found)) return found
    if (dirname(folder) === folder) throw new TypeError(`Cannot find package "${name}"`)
  }
}

function beside(
  { setpriv }: Extract<Wall, { kind: 'process' }>,
  node: readonly string[],
): WallCommand {
  const { execPath } = process
  if (setpriv === undefined) return { file: execPath, args: node }
  return { file: setpriv, args: ['--no-new-privs', '--pdeathsig', 'KILL', '--', execPath, ...node] }
}

function findProgram(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file))
}

function only(reason: string): Wall {
  return { kind: 'process', reason, setpriv: findProgram('setpriv') }
}
