/**
 * Stands for the engine behind the wall: code that has escaped from WebAssembly, and does its worst.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { connect } from 'node:net'
import { lookup } from 'node:dns/promises'
import { DatabaseSync } from 'node:sqlite'
import { FROM_GROUP, FrameWriter } from '../../../../../runtime/isolation/frame.ts'

const FRAMES = 3
const QUESTIONS = 4
// Each with its folders: more than it has on any system, and less than any system has.
const LIBRARIES_OF_NODE = 40

/** What it does. */
export interface Deed {
  readonly does:
    'look-around' | 'fill-heap' | 'babble' | 'flood' | 'ask' | 'shout' | 'leave' | 'wait'
  /** A port of this machine where something listens. */
  readonly port?: number
  /** The process of its host. */
  readonly pid?: number
  /** A file that it would write. */
  readonly file?: string
}

const deed = JSON.parse(process.argv.at(-1) ?? '') as Deed

switch (deed.does) {
  case 'look-around':
    tell(await lookAround(deed))
    break
  case 'fill-heap':
    for (const kept: unknown[] = []; ;) kept.push(Array.from({ length: 100_000 }, () => ({})))
  case 'babble':
    writeSync(FRAMES, new Uint8Array(64).fill(255))
    break
  case 'flood':
    sendWithoutEnd(FRAMES)
  case 'ask':
    // And reads no answer.
    sendWithoutEnd(QUESTIONS)
  case 'shout':
    for (const text = 'x'.repeat(65_536); ;) writeSync(2, text)
  case 'leave':
    closeSync(FRAMES)
    break
  case 'wait':
}
// Until its host ends it.
setInterval(() => {}, 1_000_000)

/** The result of each attempt: what it got, or the code of the error. */
async function lookAround({ port = 0, pid = 0, file = '' }: Deed): Promise<Record<string, string>> {
  const attempts: Record<string, () => unknown> = {
    connect: () =>
      new Promise((resolve, reject) => {
        connect(port, '127.0.0.1')
          .on('connect', () => resolve('connected'))
          .on('error', reject)
      }),
    resolve: async () => (await lookup('example.com')).address,
    passwd: () => readFileSync('/etc/passwd', 'utf8'),
    home: () => readFileSync('/root/.profile', 'utf8'),
    write: () => writeFileSync(file, 'written'),
    writeBesideEngine: () => writeFileSync(`${import.meta.filename}.x`, 'written'),
    database: () => new DatabaseSync(file).exec('create table t (a)'),
    spawnShell: () => execFileSync('/bin/sh', ['-c', 'id']),
    allLibraries: () =>
      ['/lib', '/usr/lib'].flatMap(filesBelow).length > LIBRARIES_OF_NODE || refuse(),
    terminal: () => openSync('/dev/ptmx', 'r+'),
    userNamespace: () =>
      execFileSync('/usr/bin/unshare', ['--user', process.execPath, '--version']),
    environment: () =>
      Object.keys(process.env)
        .filter((name) => name !== 'PWD')
        .join() || refuse(),
    signal: () => process.kill(pid, 0),
    descriptors: () => inherited().join() || refuse(),
  }
  const results: Record<string, string> = {}
  for (const [name, attempt] of Object.entries(attempts)) {
    try {
      results[name] = `got ${String(await attempt())}`.slice(0, 80)
    } catch (error) {
      results[name] = String((error as NodeJS.ErrnoException).code ?? error)
    }
  }
  return results
}

function sendWithoutEnd(channel: number): never {
  const frame = new FrameWriter().begin(FROM_GROUP.stats).text('{}').end()
  const frames = Buffer.concat(Array.from({ length: 10_000 }, () => frame.slice()))
  for (let at = 0; ; at %= frames.byteLength) {
    try {
      at += writeSync(channel, frames, at)
    } catch (error) {
      // The host does not read as fast.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    }
  }
}

function filesBelow(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder, { encoding: 'utf8', recursive: true }) : []
}

/** Files and sockets beside those of the channel: Node itself has neither. */
function inherited(): number[] {
  return Array.from({ length: 250 }, (_, index) => index + 5).filter((fd) => {
    try {
      const stat = fstatSync(fd)
      return stat.isFile() || stat.isSocket()
    } catch {
      return false
    }
  })
}

function refuse(): never {
  throw Object.assign(new Error(), { code: 'EMPTY' })
}

function tell(results: Record<string, string>): void {
  const frame = new FrameWriter().begin(FROM_GROUP.stats).text(JSON.stringify(results)).end()
  writeSync(FRAMES, frame)
}
