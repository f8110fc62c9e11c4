/**
 * The process of a group: the engine, and the two sockets that it inherits.
 *
 * @module
 */

import { readSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { FrameSplitter, LENGTH_BYTES, Residents } from '../../../../runtime/isolation/index.ts'
import { Batch } from './batch.ts'
import { loadOnThread } from './load-on-thread.ts'
import type { GroupSettings } from './settings.ts'

const FRAMES = 3
const QUESTIONS = 4

// The host passes nothing else.
const settings = JSON.parse(process.argv.at(-1) ?? '') as GroupSettings
const { features, initialisationMs, adaptive } = settings

const socket = new Socket({ fd: FRAMES, readable: true, writable: true })
const batch = new Batch((bytes) => void socket.write(bytes))
const residents = new Residents(
  { send: (frame) => batch.add(frame), ask },
  {
    features,
    initialisationMs,
    turns: (agent) => (adaptive.includes(agent) ? 'adaptive' : 'fair'),
  },
  loadOnThread(settings),
)
const splitter = new FrameSplitter()
socket.on('data', (chunk: Uint8Array) => {
  splitter.push(chunk)
  for (let frame = splitter.next(); frame !== undefined; frame = splitter.next())
    residents.receive(frame)
})
// The host has ended, or has had enough.
socket.on('close', () => process.exit())
socket.on('error', () => process.exit())

/** Blocks the process. */
function ask(frame: Uint8Array): Uint8Array {
  for (let at = 0; at < frame.byteLength;) at += writeSync(QUESTIONS, frame, at)
  const length = readExactly(LENGTH_BYTES)
  return readExactly(new DataView(length.buffer).getUint32(0, true))
}

function readExactly(byteLength: number): Uint8Array {
  const bytes = new Uint8Array(byteLength)
  for (let at = 0; at < byteLength;) {
    const read = readSync(QUESTIONS, bytes, at, byteLength - at, null)
    if (read === 0) process.exit()
    at += read
  }
  return bytes
}
