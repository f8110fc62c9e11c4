/**
 * Where builds run: the main module of a thread, or of a process.
 *
 * @module
 */
import { parentPort } from 'node:worker_threads'
import { isMayflyError } from '../../../runtime/errors/index.ts'
import { buildSource } from '../build-source.ts'
import type { FromBuilder, ToBuilder } from './protocol.ts'

let takeTurn: (() => void) | undefined

if (parentPort === null) {
  // The host is gone, so the result has no use.
  process.once('disconnect', () => process.exit())
  process.on('message', receive)
} else {
  parentPort.on('message', receive)
}

function send(message: FromBuilder): void {
  if (parentPort === null) process.send?.(message)
  else parentPort.postMessage(message)
}

function receive(message: ToBuilder): void {
  if (message.kind === 'turn') takeTurn?.()
  else void build(message)
}

async function build({ job, path }: ToBuilder & { kind: 'build' }): Promise<void> {
  // A thread has its own copy, and runs no compilers.
  if (path !== undefined) process.env['PATH'] = path
  try {
    const onInputs = (paths: readonly string[]): void => send({ kind: 'inputs', paths })
    send({ kind: 'built', built: await buildSource(job, { inTurn, onInputs }) })
  } catch (error) {
    if (isMayflyError(error)) return send({ kind: 'failed', error: error.encode() })
    const { message, stack } = error instanceof Error ? error : new Error(String(error))
    send({ kind: 'broken', message, stack })
  }
}

/** Runs `step` while no other builder is in such a step. */
async function inTurn<Value>(step: () => Promise<Value>): Promise<Value> {
  await new Promise<void>((resolve) => {
    takeTurn = resolve
    send({ kind: 'turn' })
  })
  try {
    return await step()
  } finally {
    send({ kind: 'turn-over' })
  }
}
