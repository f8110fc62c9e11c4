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
import type { Connection, ConnectionEvents } from '../../../../runtime/isolation/index.ts'
import { Batch } from './batch.ts'
import { readPaced } from './paced-frames.ts'
import { UnreadBytes, type UnreadChannel } from './unread-bytes.ts'
import { commandOf, type Inhabitant, type Wall } from './wall.ts'

// TypeScript in a checkout; compiled JavaScript in a published package.
const SUFFIX = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
const ENTRY: string = fileURLToPath(new URL(`./entry${SUFFIX}`, import.meta.url))

const FRAMES = 3
const QUESTIONS = 4
// The last words of V8 are some dozens of lines.
const KEPT_OUTPUT = 4_096
// Characters. An engine writes none before its last words: reading more would take the time of others.
const MAX_OUTPUT = 1_048_576
// The end of a process is known some milliseconds after the end of its channel.
const CLOSED_MS = 1_000
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
  /**
   * Bounds what it and others have not read.
   *
   * @default a bound for this process alone
   */
  readonly unread?: UnreadBytes
}

export function startGroup(
  {
    wall,
    inhabitant = { entry: ENTRY },
    settings,
    unread = new UnreadBytes(),
  }: GroupProcessOptions,
  events: ConnectionEvents,
): Connection {
  const { file, args } = commandOf(wall, inhabitant)
  const child = spawn(file, [...args, settings], {
    env: {},
    // A session of its own: an interrupt is the host's to handle, there is no terminal, and `killAll` finds all of it.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
  })
  // As when the host has no file descriptor left: there are no channels, against the types, and `error` says why.
  const stdio = child.stdio as (Duplex | undefined)[] | undefined
  const [errors, frames, questions] = [2, FRAMES, QUESTIONS].map((fd) => stdio?.[fd])
  let isOver = false
  const channel: UnreadChannel = {
    get unread() {
      return (frames?.writableLength ?? 0) + (questions?.writableLength ?? 0)
    },
    end: () => over('it does not read'),
  }
  const end = (): void => {
    if (isOver) return
    isOver = true
    unread.forget(channel)
    for (const stream of child.stdio ?? []) stream?.destroy()
    killAll(child.pid)
  }
  const over = (reason: string): void => {
    if (isOver) return
    end()
    events.closed(reason)
  }
  child.on('error', (error) => over(error.message))
  if (errors === undefined || frames === undefined || questions === undefined)
    return { send() {}, end }
  readPaced(frames, (frame) => events.frame(frame), over)
  readPaced(
    questions,
    (frame) => {
      // Its answers would fill the memory of the host. An engine waits for each.
      if (questions.writableLength > 0) return over('it asks, and does not read the answer')
      events.asked(frame, (answer) => {
        questions.write(answer.slice())
        if (!isOver) unread.changed(channel)
      })
    },
    over,
  )
  // After it has ended, `close` comes sooner, with the reason.
  frames.on('end', () => setTimeout(over, CLOSED_MS, 'it has closed its channel').unref())
  const output = lastWords(errors, over)
  child.on('close', (code, signal) => over(reasonOf(code, signal, output())))
  const batch = new Batch((bytes) => {
    if (isOver) return
    frames.write(bytes)
    unread.changed(channel)
  })
  return {
    send: (frame) => batch.add(frame),
    end,
  }
}

/**
 * Ends a process and those that it has started. A bwrap that has just begun has not yet bound the life of its children
 * to its own: they would wait for it for ever.
 */
function killAll(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // They have ended.
  }
}

/** @param over - called when there are too many */
function lastWords(stream: Readable, over: (reason: string) => void): () => string {
  let kept = ''
  let length = 0
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    kept = (kept + text).slice(-KEPT_OUTPUT)
    length += text.length
    if (length > MAX_OUTPUT) over('it writes to standard error without end')
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
