/**
 * A client that leaves in the middle of a streamed answer: the other server hears of that within a turn of the guest, whatever
 * the guest does, and the guest has a second to end. One that computes holds its turn until it is stopped.
 *
 * @module
 */
import { expect, it } from 'vitest'
import { streamingHost } from './testing/streaming-host.ts'
import { script, type StreamingKind } from './testing/streaming-kinds.ts'
import { Wire } from './testing/wire.ts'

// Of a guest that could still react to its client (runtime/agents/client-watch.ts).
const GRACE_MS = 1000
// For a machine that does other work beside.
const SLACK_MS = 700

/**
 * An agent that asks the other server, sends its first piece on, and then does `then`, with the rest in `reader`.
 *
 * @param init - of its request
 */
function asking(then: string, init = '{}'): (authority: string) => Promise<Uint8Array> {
  return (authority) =>
    script(`{
      const response = await fetch('http://${authority}/', ${init})
      const reader = response.body.getReader()
      const first = (await reader.read()).value
      return new Response(new ReadableStream({
        async start(controller) {
          controller.enqueue(first)
          await new Promise((resolve) => setTimeout(resolve, 20))
          ${then}
        },
      }))
    }`)
}

const KINDS: readonly (readonly [what: string, kind: StreamingKind, atMostMs: number])[] = [
  [
    'passes its signal on',
    kind('signal', asking('for (;;) await reader.read()', '{ signal: r.signal }')),
    SLACK_MS,
  ],
  [
    'reads on and hears nothing',
    kind(
      'deaf',
      asking(`for (;;) {
      try { await reader.read() } catch {}
      await new Promise((resolve) => setTimeout(resolve, 5))
    }`),
    ),
    SLACK_MS,
  ],
  [
    'waits for something else',
    kind('elsewhere', asking(`for (;;) await new Promise((resolve) => setTimeout(resolve, 5))`)),
    SLACK_MS,
  ],
  ['computes', kind('computing', asking('for (;;);')), GRACE_MS + SLACK_MS],
]

function kind(name: string, relay: (authority: string) => Promise<Uint8Array>): StreamingKind {
  return { name, roles: { relay }, tellsEnd: false }
}

const host = streamingHost({ kinds: KINDS.map(([, each]) => each) })

it.each(KINDS)('a guest that %s lets the other server go', async (_, { name }, atMostMs) => {
  const closed = Promise.withResolvers<number>()
  host.handle = (_request, response) => {
    response.on('close', () => closed.resolve(performance.now()))
    response.writeHead(200)
    response.write('<part>')
  }
  using wire = new Wire(host.url)
  wire.send(host.request('GET', `/${name}-relay/`, []))
  await wire.until(/<part>/)
  await new Promise((resolve) => setTimeout(resolve, 50))
  const left = performance.now()
  wire.socket.destroy()
  const took = (await closed.promise) - left
  expect(took).toBeLessThan(atMostMs)
  await host.expectIdle()
  expect(performance.now() - left).toBeLessThan(GRACE_MS + SLACK_MS)
})
