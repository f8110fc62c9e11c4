/** Calls tools, of which it is one, in all the ways there are. @module */
import { type Agent, type BlobHandle, CapabilityError, type Env } from 'mayfly/guest'

const SECRET = 'not for the caller'
const UPSTREAM = 'https://upstream.test/'

/** What it does when it is called as a tool, by the name it is called by. */
const AS_TOOL: Readonly<Record<string, (input: unknown, env: Env) => unknown>> = {
  self: async (input, { blobs }) => ({
    input,
    given: await Promise.all(blobs.given.map((blob) => blob.text())),
  }),
  sealed: () => SECRET,
  async slow(ms) {
    await new Promise((done) => setTimeout(done, Number(ms)))
    return ms
  },
}

const STEPS: Readonly<Record<string, (env: Env) => unknown>> = {
  streamed: async ({ tools }) => {
    const blob = await tools.callForBlob('streamed', 5)
    return [await tools.call('streamed', 3), await blob.size()]
  },
  tooLong: ({ tools }) => attempt(() => tools.call('streamed', 2_000)),
  call: ({ tools }) => tools.call('self', { a: ['ä', null] }),
  refused: ({ tools }) => attempt(() => tools.call('other')),
  notJson: ({ tools }) => attempt(() => tools.call('self', () => {})),

  async together({ tools }) {
    const waits = [700, 500, 300]
    const started = performance.now()
    const calls = waits.map((ms) => tools.call('slow', ms))
    const results = await Promise.all([
      ...calls,
      new Promise((done) => setTimeout(done, 1, 'timer')),
    ])
    return { results, overlapped: performance.now() - started < 1_400 }
  },

  async aborted({ tools }) {
    const controller = new AbortController()
    setTimeout(() => controller.abort(new Error('enough')), 1)
    const { signal } = controller
    const kept = tools.call('slow', 20)
    const ended = await attempt(() => tools.call('slow', 50_000, { signal }))
    return [ended, await kept, await attempt(() => tools.call('slow', 1, { signal }))]
  },

  /** Answers at once: what is not awaited ends with the request. */
  abandoned({ tools }) {
    void tools.call('slow', 50_000).catch(() => {})
    return 'answered'
  },

  async blobs({ tools, blobs }) {
    const made = blobs.make('žluť')
    const result = await tools.callForBlob('self', 1, { blobs: [made, made] })
    return [await made.size(), await result.json(), await made.bytes(0, 2), blobs.given.length]
  },

  async proxied({ tools }) {
    const blob = await tools.callForBlob('proxy')
    return [await blob.size(), await blob.text()]
  },

  async upstream({ blobs }) {
    const { status, ok, headers, blob } = await blobs.fetch(UPSTREAM, { method: 'POST', body: 'x' })
    const denied = await attempt(() => blobs.fetch('https://elsewhere.test/'))
    return [status, ok, headers.get('x-from'), await blob.text(), denied]
  },

  async closed({ blobs }) {
    const made = blobs.make(new Uint8Array([1]))
    made.close()
    made.close()
    return attempt(() => made.size())
  },

  async sealed({ tools, kv, blobs }) {
    const blob = await tools.callForBlob('sealed')
    // What a caller might try that wants to read it all the same.
    const value = blob as unknown as string
    const body = value as BodyInit
    console.log('found', blob, [blob])
    const attempts = {
      call: () => tools.call('sealed'),
      size: () => blob.size(),
      bytes: () => blob.bytes(),
      part: () => blob.bytes(0, 1),
      text: () => blob.text(),
      json: () => blob.json(),
      kv: () => kv.open('notes').set('stolen', value),
      response: () => new Response(body).text(),
      fetch: () => fetch(UPSTREAM, { method: 'POST', body }),
      input: () => tools.call('self', { blob }),
      clone: () => structuredClone(blob).text(),
      made: () => tools.call('self', 1, { blobs: [{ ...blob } as BlobHandle] }),
      slow: () => tools.call('slow', 1, { blobs: [blob] }),
      answer: () => blobs.respond(blob),
    }
    const ends: Record<string, unknown> = {}
    for (const [name, step] of Object.entries(attempts)) ends[name] = await attempt(step)
    return { ends, handedOn: await tools.call('self', 1, { blobs: [blob] }) }
  },
}

export default {
  async fetch(request, env) {
    const { hostname, pathname } = new URL(request.url)
    const name = pathname.slice(1)
    if (pathname === '/streamed' && hostname === 'tool') {
      return new Response(digits(Number(await request.json())))
    }
    if (pathname === '/proxy') {
      const { blob, headers } = await env.blobs.fetch(UPSTREAM, { method: 'POST' })
      return env.blobs.respond(blob, { status: 201, headers })
    }
    if (hostname === 'tool') return Response.json(await AS_TOOL[name]?.(await request.json(), env))
    return Response.json((await STEPS[name]?.(env)) ?? null)
  },
} satisfies Agent

/** A number of so many digits, one a chunk. */
function digits(count: number): ReadableStream<Uint8Array> {
  let sent = 0
  return new ReadableStream({
    pull(controller) {
      if (sent++ < count) controller.enqueue(new Uint8Array([0x37]))
      else controller.close()
    },
  })
}

async function attempt(step: () => unknown): Promise<unknown> {
  try {
    const value = await step()
    return value instanceof Response ? `sent ${value.status}` : (value ?? null)
  } catch (error) {
    return error instanceof CapabilityError ? error.code : String(error)
  }
}
