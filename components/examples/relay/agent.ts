/** Passes the answer of a model on while it arrives: no event waits for the next, and none is kept. @module */
import type { Agent } from 'mayfly/guest'

export default {
  async fetch(request, env) {
    // The question may be long, and is sent while it arrives.
    const asked = new Request(env.config.UPSTREAM ?? '', request)
    // A client that leaves ends the request to the model as well.
    const answer = await fetch(asked, { signal: request.signal })
    if (!answer.ok || new URL(request.url).searchParams.get('count') === null) return answer
    return new Response(answer.body?.pipeThrough(countEvents()) ?? null, answer)
  },
} satisfies Agent

/** Looks at the events on their way, and writes to the log how many there were. */
function countEvents(): TransformStream<Uint8Array, Uint8Array> {
  let count = 0
  return new TransformStream({
    transform(chunk, controller) {
      // An event ends with an empty line, which may come in two chunks: an estimate is enough here.
      count += new TextDecoder().decode(chunk).split('\n\n').length - 1
      controller.enqueue(chunk)
    },
    flush: () => console.info(`${count} events`),
  })
}
