/**
 * A thread or a process that builds, with one interface for both.
 *
 * A thread starts sooner. A process can be ended at any moment. A thread cannot: a compiler in machine code, or one
 * that waits for another program, does not notice that its thread is to end.
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

// TypeScript in a checkout; compiled JavaScript in a published package.
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? './entry.ts' : './entry.js',
  import.meta.url,
)

// It also compiles and collects garbage on other cores. The wall clock must end it before this bound does.
const MOST_CORES = 4

/** @param seconds - processor time of a process and of each child; ends them if the host is gone */
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
    // Output of compilers does not belong in the output of the host.
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
