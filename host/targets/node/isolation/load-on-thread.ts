/**
 * Has another thread of this process load agents, so that no call of the group waits meanwhile.
 *
 * The thread ends when it has had nothing to do for a while: it takes memory, and its process may have no other agent.
 *
 * @module
 */

import { Worker } from 'node:worker_threads'
import { decodeError, type ResidentLoader } from '../../../../runtime/isolation/index.ts'
import type { FromLoadingThread, ToLoadingThread } from './loading-thread.ts'
import type { GroupSettings } from './settings.ts'

// TypeScript in a checkout; compiled JavaScript in a published package.
const SUFFIX = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
const ENTRY = new URL(`./loading-thread${SUFFIX}`, import.meta.url)
// An agent that is worked on is deployed again soon.
const IDLE_MS = 30_000

export function loadOnThread(settings: GroupSettings): ResidentLoader {
  let thread: Worker | undefined
  let idle: NodeJS.Timeout | undefined
  let last = 0
  const waiting = new Map<number, (message: FromLoadingThread) => void>()
  return function load(request, initialises) {
    clearTimeout(idle)
    thread ??= start()
    const number = ++last
    return new Promise((resolve, reject) => {
      waiting.set(number, (message) => {
        if (message.kind === 'initialises') return void initialises()
        waiting.delete(number)
        if (waiting.size === 0) idle = setTimeout(end, IDLE_MS)
        if (message.kind === 'loaded') resolve(message.loaded)
        else reject(decodeError(message.error))
      })
      thread?.postMessage({ number, request } satisfies ToLoadingThread)
    })
  }

  function start(): Worker {
    const started = new Worker(ENTRY, { workerData: settings })
    started.on('message', (message: FromLoadingThread) => waiting.get(message.number)?.(message))
    // An `error` of it ends the process, with its reason: the host starts another.
    return started
  }

  function end(): void {
    void thread?.terminate()
    thread = undefined
  }
}
