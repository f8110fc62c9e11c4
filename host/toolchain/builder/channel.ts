/**
 * A thread or a process that builds, which are the same to who uses it.
 *
 * A thread starts sooner. A process can be ended whatever it does: a compiler that is machine code, or that
 * waits for a program of its own, does not notice that its thread is to end.
 *
 * @module
 */
import { fork, type ForkOptions } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { killTree } from './kill-tree.ts'
import type { FromBuilder, ToBuilder } from './protocol.ts'

export type BuilderKind = 'thread' | 'process'

export interface ChannelEvents {
  onMessage(message: FromBuilder): void
  /** It has ended; `reason` says why, as far as it is known. */
  onEnd(reason: string): void
}

export interface Channel {
  send(message: ToBuilder): void
  /** Whether it keeps the process of the host alive. */
  hold(isHeld: boolean): void
  /** Ends it at once. */
  end(): void
}

// The sources run as they are; what is published is compiled.
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? './entry.ts' : './entry.js',
  import.meta.url,
)

// It compiles and collects garbage beside what it computes: the clock must be the first to end it.
const MOST_CORES = 4

/** @param seconds - bounds what a process and each below it compute, should nobody be left to end them */
export function openChannel(kind: BuilderKind, events: ChannelEvents, seconds: number): Channel {
  return kind === 'thread' ? openThread(events) : openProcess(events, seconds * MOST_CORES)
}

function openThread({ onMessage, onEnd }: ChannelEvents): Channel {
  const thread = new Worker(ENTRY)
  let reason = 'it ended by itself'
  thread.on('message', onMessage)
  thread.on('error', (error) => (reason = error instanceof Error ? error.message : String(error)))
  thread.once('exit', () => onEnd(reason))
  return {
    send: (message) => thread.postMessage(message),
    hold: (isHeld) => void (isHeld ? thread.ref() : thread.unref()),
    end: () => void thread.terminate(),
  }
}

function bounded(cpuSeconds: number): Pick<ForkOptions, 'execPath' | 'execArgv'> {
  // A debugger of the host would be asked for its port a second time.
  const own = process.execArgv.filter((argument) => !argument.startsWith('--inspect'))
  if (process.platform === 'win32') return { execArgv: own }
  const script = `ulimit -t ${Math.ceil(cpuSeconds)}; exec "$@"`
  return { execPath: '/bin/sh', execArgv: ['-c', script, 'sh', process.execPath, ...own] }
}

function openProcess({ onMessage, onEnd }: ChannelEvents, cpuSeconds: number): Channel {
  const child = fork(fileURLToPath(ENTRY), [], {
    serialization: 'advanced',
    // What compilers print is not for who reads what the host prints.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    ...bounded(cpuSeconds),
  })
  let failure: string | undefined
  // The cast: nothing else runs `entry.ts`.
  child.on('message', (message) => onMessage(message as FromBuilder))
  child.on('error', (error) => (failure = error.message))
  child.once('exit', (code, signal) => {
    onEnd(failure ?? (signal === null ? `exit code ${String(code)}` : `signal ${signal}`))
  })
  return {
    send: (message) => void child.send(message),
    hold(isHeld) {
      const way = isHeld ? 'ref' : 'unref'
      child[way]()
      child.channel?.[way]()
    },
    end() {
      if (child.pid !== undefined) killTree(child.pid)
    },
  }
}
