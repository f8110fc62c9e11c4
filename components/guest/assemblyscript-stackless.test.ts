/** Bodies of an agent in AssemblyScript where the engine of the host cannot switch stacks. @module */
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it, vi } from 'vitest'
import { buildAgent } from '../../host/toolchain/index.ts'
import { manifestFromObject } from '../../runtime/manifest/index.ts'
import { Runtime } from '../../runtime/presets/index.ts'

// Before the runtime is imported: it looks for them once.
vi.hoisted(() => {
  Object.assign(WebAssembly, { Suspending: undefined, promising: undefined })
})

const runtime = new Runtime({
  drivers: {
    http: {
      name: 'doubling',
      async fetch(request) {
        if (request.body === null) return new Response('nothing')
        const double = new TransformStream<Uint8Array, Uint8Array>({
          transform(chunk, controller) {
            controller.enqueue(chunk)
            controller.enqueue(chunk)
          },
        })
        return new Response(request.body.pipeThrough(double))
      },
    },
  },
})
afterAll(() => runtime.close())

it('sends its request on and answers while it arrives, without a stack', async () => {
  const directory = fileURLToPath(new URL('fixture/streaming-waiting-as', import.meta.url))
  const built = await buildAgent({ directory })
  const { capabilities } = manifestFromObject({
    name: 'streaming-waiting',
    capabilities: { http: [{ host: 'up.example', methods: ['POST'] }], config: {}, log: false },
  })
  const agent = await runtime.load({ ...built, manifest: { ...built.manifest, capabilities } })
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  const body = new ReadableStream<Uint8Array>({ start: (it) => void (controller = it) })
  const headers = { 'x-up': 'https://up.example/' }
  const init = { method: 'POST', body, headers, duplex: 'half' as const }
  const answer = agent.fetch(new Request('http://agent/upload', init))
  controller?.enqueue(new TextEncoder().encode('a'))
  const reader = (await answer).body?.getReader()
  let read = ''
  for (const sent of ['aa', 'aabb', 'aabbcc']) {
    while (read.length < sent.length)
      read += new TextDecoder().decode((await reader?.read())?.value)
    expect(read).toBe(sent)
    controller?.enqueue(new TextEncoder().encode({ aa: 'b', aabb: 'c' }[sent]))
  }
  controller?.close()
  expect(await reader?.read()).toMatchObject({ done: true })
}, 30_000)
