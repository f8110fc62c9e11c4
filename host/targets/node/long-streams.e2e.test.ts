/** Bodies of a gigabyte through agents with 64 MiB of memory each, in each direction. `npm test` runs a short form. @module */
import { once } from 'node:events'
import { request as ask, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import { streamingHost, type Handle } from './testing/streaming-host.ts'
import { STREAMING_KINDS, type Role } from './testing/streaming-kinds.ts'

const SOAK = process.env['MAYFLY_SOAK'] !== undefined
const MIB = 1_048_576
const BYTES = (SOAK ? 1024 : 48) * MIB
// So that heaps have the size that they have at work.
const FIRST_BYTES = 32 * MIB
const TIMEOUT_MS = SOAK ? 600_000 : 60_000
// Buffers of sockets and streams, and what is not collected yet. A body that is kept is as large as itself.
const MOST_GROWTH = 96 * MIB
const CHUNK = new Uint8Array(65_536).fill(120)

const host = streamingHost()

function* chunks(bytes: number): Generator<Uint8Array> {
  for (let sent = 0; sent < bytes; sent += CHUNK.length) yield CHUNK
}

/** Reads all there is, and keeps none. */
async function count(stream: IncomingMessage): Promise<number> {
  let bytes = 0
  for await (const chunk of stream) bytes += (chunk as Uint8Array).length
  return bytes
}

/** Sends a request, whose body has `bytes` if it `uploads`, and reads the answer. */
async function exchange(path: string, uploads: boolean, bytes: number): Promise<number> {
  const url = new URL(path, host.url)
  const headers = { host: host.authority }
  const sending = ask(url, { method: uploads ? 'POST' : 'GET', headers })
  const answered = once(sending, 'response') as Promise<[IncomingMessage]>
  const sent = uploads ? pipeline(Readable.from(chunks(bytes)), sending) : sending.end()
  const [response] = await answered
  const received = await count(response)
  await sent
  return received
}

const CASES: readonly (readonly [role: Role, what: string])[] = [
  ['echo', 'from its client and back'],
  ['relay', 'from another server'],
  ['upload', 'to another server'],
]

describe.each(CASES)('%s: a long body %s', (role) => {
  const kinds = STREAMING_KINDS.filter(({ roles }) => roles[role] !== undefined)
  it.each(kinds)(
    'passes $name, and memory stays flat',
    async ({ name }) => {
      let uploaded = 0
      const answer = (bytes: number): Handle => {
        return async (request, response) => {
          if (role === 'relay') return void Readable.from(chunks(bytes)).pipe(response)
          uploaded = await count(request)
          response.end()
        }
      }
      host.handle = answer(FIRST_BYTES)
      await exchange(`/${name}-${role}/`, role !== 'relay', FIRST_BYTES)
      host.handle = answer(BYTES)
      const before = process.memoryUsage.rss()
      let most = before
      const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 20)
      const started = performance.now()
      const received = await exchange(`/${name}-${role}/`, role !== 'relay', BYTES)
      clearInterval(watch)
      const seconds = (performance.now() - started) / 1000
      expect(role === 'upload' ? uploaded : received).toBeGreaterThanOrEqual(BYTES)
      const growth = most - before
      console.log(
        `soak: ${role} of ${name}: ${BYTES / MIB} MiB in ${seconds.toFixed(1)} s, memory grew by ${(growth / MIB).toFixed()} MiB`,
      )
      expect(growth).toBeLessThan(MOST_GROWTH)
    },
    TIMEOUT_MS,
  )
})
