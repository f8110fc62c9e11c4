/** Sends server-sent events as they happen, and stands still in between. @module */
import type { Agent } from 'mayfly/guest'

const PAUSE_MS = 200 // Slow enough to be seen in a terminal

export default {
  fetch(request) {
    const count = Number(new URL(request.url).searchParams.get('count') ?? 5)
    return new Response(ticks(count), { headers: { 'content-type': 'text/event-stream' } })
  },
} satisfies Agent

function ticks(count: number): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let tick = 0
  return new ReadableStream({
    async pull(controller) {
      if (tick === count) return controller.close()
      if (tick > 0) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
      tick++
      controller.enqueue(encoder.encode(`event: tick\ndata: {"tick":${tick},"of":${count}}\n\n`))
    },
  })
}
