/**
 * workerd, through miniflare: one worker for all requests, and a fresh dynamic worker for each.
 *
 * Both are asked over miniflare's loopback connection. The time of `workerd, one worker` is the cost of that.
 *
 * @module
 */
import type { Miniflare, MiniflareOptions } from 'miniflare'
import { Skipped } from '../suites/suite.ts'
import { requestText, type Contender, type Opened } from './contender.ts'

const COMPATIBILITY_DATE = '2026-01-01'

const WORKER = `import { handler } from './handler.js'
export default {
  async fetch(request) {
    const { status, headers, body } = handler.handle(await request.json())
    return new Response(body, { status, headers })
  },
}`

const LOADER = `import handler from './handler.txt'
import worker from './worker.txt'
let last = 0
export default {
  async fetch(request, env) {
    const text = await request.text()
    const dynamic = env.LOADER.get('agent-' + last++, () => ({
      compatibilityDate: '${COMPATIBILITY_DATE}',
      mainModule: 'worker.js',
      modules: { 'worker.js': worker, 'handler.js': handler },
    }))
    return dynamic.getEntrypoint().fetch('http://any/', { method: 'POST', body: text })
  },
}`

/** Keeps its state between requests. */
export const workerdWorker: Contender = {
  name: 'workerd, one worker',
  isolation: 'none between requests',
  open: (source) =>
    asking({
      compatibilityDate: COMPATIBILITY_DATE,
      modules: [
        { type: 'ESModule', path: 'worker.js', contents: WORKER },
        { type: 'ESModule', path: 'handler.js', contents: source },
      ],
    }),
}

export const workerdDynamic: Contender = {
  name: 'workerd, dynamic worker',
  isolation: 'a fresh V8 isolate',
  open: (source) =>
    asking({
      compatibilityDate: COMPATIBILITY_DATE,
      compatibilityFlags: ['experimental'],
      workerLoaders: { LOADER: {} },
      modules: [
        { type: 'ESModule', path: 'loader.js', contents: LOADER },
        { type: 'Text', path: 'worker.txt', contents: WORKER },
        { type: 'Text', path: 'handler.txt', contents: source },
      ],
    }),
}

async function asking(options: MiniflareOptions): Promise<Opened> {
  const miniflare = await start(options)
  return {
    async answer(request) {
      const init = { method: 'POST', body: requestText(request) }
      const response = await miniflare.dispatchFetch('http://any/', init)
      return { status: response.status, text: await response.text() }
    },
    close: () => miniflare.dispose(),
  }
}

async function start(options: MiniflareOptions): Promise<Miniflare> {
  try {
    const { Miniflare: Workers } = await import('miniflare')
    const miniflare = new Workers(options)
    await miniflare.ready
    return miniflare
  } catch (error) {
    throw new Skipped(`workerd does not start: ${String(error).slice(0, 120)}`)
  }
}
