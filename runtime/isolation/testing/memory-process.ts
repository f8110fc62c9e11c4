/**
 * Stands for the process of a group, on this thread: the same messages as bytes, through memory.
 *
 * @module
 */
import type { SandboxSite } from '../../agents/index.ts'
import { LENGTH_BYTES } from '../frame.ts'
import type { Connection, ConnectionEvents, GroupEnd } from '../group.ts'
import { Residents, type ResidentOptions } from '../residents.ts'
import { isolation, type IsolationOptions } from '../site.ts'

/** A started one, that a test can end or speak for. */
export interface MemoryProcess {
  readonly group: string
  /** Ends it, as a crash does. */
  crash(): void
  /** Sends the host a frame that the engine did not make. */
  forge(frame: Uint8Array): void
}

export interface MemorySite {
  readonly site: SandboxSite
  /** All that were started, the latest last. */
  readonly processes: readonly MemoryProcess[]
  readonly ends: readonly GroupEnd[]
  /** The next process cannot be started. */
  refuseNext(reason: string): void
}

export function memorySite(
  options: Partial<IsolationOptions> = {},
  sandboxes: ResidentOptions = {},
): MemorySite {
  const processes: MemoryProcess[] = []
  const ends: GroupEnd[] = []
  let refusal: string | undefined
  const site = isolation({
    groupOf: () => 'local',
    onEnd: (end) => void ends.push(end),
    ...options,
    connect(group, events) {
      const reason = refusal
      refusal = undefined
      if (reason !== undefined) throw new Error(reason)
      return start(group, events, sandboxes, processes)
    },
  })
  return { site, processes, ends, refuseNext: (reason) => void (refusal = reason) }
}

function start(
  group: string,
  events: ConnectionEvents,
  options: ResidentOptions,
  processes: MemoryProcess[],
): Connection {
  let ended = false
  const deliver = (run: (frame: Uint8Array) => void, frame: Uint8Array): void => {
    const copy = frame.slice(LENGTH_BYTES)
    setImmediate(() => {
      if (!ended) run(copy)
    })
  }
  const residents = new Residents(
    {
      send: (frame) => deliver(events.frame, frame),
      ask(frame) {
        let answer: Uint8Array | undefined
        events.asked(frame.slice(LENGTH_BYTES), (bytes) => {
          answer = bytes.slice(LENGTH_BYTES)
        })
        if (answer === undefined) throw new TypeError('Cannot go on: the host has not answered')
        return answer
      },
    },
    options,
  )
  processes.push({
    group,
    crash() {
      ended = true
      events.closed('signal SIGSEGV')
    },
    forge: (frame) => events.frame(frame.slice(LENGTH_BYTES)),
  })
  return {
    send: (frame) => deliver((bytes) => residents.receive(bytes), frame),
    end() {
      ended = true
    },
  }
}
