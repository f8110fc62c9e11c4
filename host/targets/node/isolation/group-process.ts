/**
 * Starts the process of a group, and is the host's end of its channel.
 *
 * The process inherits two pairs of sockets and nothing else: one for frames in both directions, one for questions whose
 * answers the whole process waits for. It ends when the host does: bwrap sees to that, or else the end of the channel.
 *
 * @module
 */

import { spawn } from 'node:child_process'
import type { Duplex, Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { printable } from '../../../../runtime/errors/index.ts'
import {
  FrameSplitter,
  type Connection,
  type ConnectionEvents,
} from '../../../../runtime/isolation/index.ts'
import { Batch } from './batch.ts'
import { commandOf, type Inhabitant, type Wall } from './wall.ts'

// TypeScript in a checkout; compiled JavaScript in a published package.
const SUFFIX = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
const ENTRY: string = fileURLToPath(new URL(`./entry${SUFFIX}`, import.meta.url))

const FRAMES = 3
const QUESTIONS = 4
// The last words of V8 are some dozens of lines.
const KEPT_OUTPUT = 4_096
// The bodies that the host holds for all its agents: a process that does not read this much reads nothing.
const MAX_UNREAD_BYTES = 536_870_912
const SIGNAL_CODES = 128

export interface GroupProcessOptions {
  readonly wall: Wall
  /**
   * What runs behind the wall.
   *
   * @default the engine
   */
  readonly inhabitant?: Inhabitant
  /** Arguments of the engine, as JSON. */
  readonly settings: string
}

export function startGroup(
  { wall, inhabitant = { entry: ENTRY }, settings }: GroupProcessOptions,
  events: ConnectionEvents,
): Connection {
  const { file, args } = commandOf(wall, inhabitant)
  const child = spawn(file, [...args, settings], {
    env: {},
    // Not of the terminal's group: an interrupt is the host's to handle.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
  })
  const output = lastWords(child.stdio[2] as Readable) // As `stdio` says
  const frames = child.stdio[FRAMES] as Duplex
  const questions = child.stdio[QUESTIONS] as Duplex
  let isOver = false
  const over = (reason: string): void => {
    if (isOver) return
    isOver = true
    frames.destroy()
    questions.destroy()
    child.kill('SIGKILL')
    events.closed(reason)
  }
  read(frames, (frame) => events.frame(frame), over)
  read(
    questions,
    (frame) => events.asked(frame, (answer) => void questions.write(answer.slice())),
    over,
  )
  child.on('error', (error) => over(error.message))
  child.on('close', (code, signal) => over(reasonOf(code, signal, output())))
  const batch = new Batch((bytes) => {
    if (isOver) return
    frames.write(bytes)
    if (frames.writableLength > MAX_UNREAD_BYTES) over('it does not read')
  })
  return {
    send: (frame) => batch.add(frame),
    end() {
      isOver = true
      frames.destroy()
      questions.destroy()
      child.kill('SIGKILL')
    },
  }
}

function read(
  stream: Duplex,
  take: (frame: Uint8Array) => void,
  over: (why: string) => void,
): void {
  const splitter = new FrameSplitter()
  stream.on('data', (chunk: Uint8Array) => {
    try {
      splitter.push(chunk, take)
    } catch (error) {
      over(error instanceof Error ? error.message : String(error))
    }
  })
  // What happened to it is said by its end.
  stream.on('error', () => {})
}

function lastWords(stream: Readable): () => string {
  let kept = ''
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    kept = (kept + text).slice(-KEPT_OUTPUT)
  })
  return () => kept
}

function reasonOf(code: number | null, signal: NodeJS.Signals | null, output: string): string {
  // Behind the wall a signal becomes a code, as in a shell.
  const number = code !== null && code > SIGNAL_CODES ? code - SIGNAL_CODES : undefined
  const how = signal ?? (number === undefined ? `exit code ${code}` : `signal ${number}`)
  const fatal = /FATAL ERROR: (.*)/.exec(output)?.[1] ?? output.trim().split('\n').at(-1) ?? ''
  return fatal === '' ? how : `${how}: ${printable(fatal)}`
}
