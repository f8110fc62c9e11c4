/**
 * The thread of a group's process that loads agents: it reads, rewrites, compiles and initialises components.
 *
 * @module
 */

import { parentPort, workerData } from 'node:worker_threads'
import { ComponentCompiler, Sandboxes } from '../../../../runtime/agents/index.ts'
import {
  encodeError,
  residentLoader,
  type PreparedResident,
  type ResidentRequest,
} from '../../../../runtime/isolation/index.ts'
import type { GroupSettings } from './settings.ts'

/** Load this. Its answers repeat the number. */
export interface ToLoadingThread {
  readonly number: number
  readonly request: ResidentRequest
}

export type FromLoadingThread = { readonly number: number } & (
  | { readonly kind: 'initialises' }
  | { readonly kind: 'loaded'; readonly loaded: PreparedResident }
  | { readonly kind: 'refused'; readonly error: string }
)

if (parentPort === null) throw new TypeError('Cannot load agents outside a worker thread')
const main = parentPort
// The process passes nothing else.
const { features, initialisationMs } = workerData as GroupSettings
const sandboxes = new Sandboxes({ features, initialisationMs })
const load = residentLoader(sandboxes, new ComponentCompiler({ features }, sandboxes))

main.on('message', ({ number, request }: ToLoadingThread) => {
  load(request, () => send({ number, kind: 'initialises' })).then(
    (loaded) => send({ number, kind: 'loaded', loaded }),
    (error: unknown) => send({ number, kind: 'refused', error: encodeError(error) }),
  )
})

function send(message: FromLoadingThread): void {
  main.postMessage(message)
}
