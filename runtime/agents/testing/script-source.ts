/**
 * An agent in JavaScript that waits in every way an agent can, for tests.
 *
 * Each path gets a number, waits some times, and throws when anything of it has changed meanwhile. It answers the
 * number, how many requests it has seen, and what another left to it: `1` and nothing, unless it is not the first.
 *
 * @module
 */

/** Ends by itself, with the answer. */
export const ENDING_KINDS = [
  'timer',
  'kv',
  'fetch',
  'grow',
  'deep',
  'stream',
  'after',
  'gated',
] as const
/** Waits until it is stopped. */
export const ENDLESS_KINDS = ['never', 'never-fetch', 'never-kv', 'never-deep'] as const
export type ScriptKind = (typeof ENDING_KINDS)[number] | (typeof ENDLESS_KINDS)[number]

/** The text of its module. Versions of it tell themselves apart in their answers. */
export const scriptSource = (version: number): string => `
import { serve } from 'mayfly/guest/serve'
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
let calls = 0
let left = null
const paths = {
  async timer(n) {
    const mine = new Uint8Array(5_000).fill(n)
    const every = setInterval(() => mine[0]++, 1)
    for (let i = 0; i < 3; i++) await sleep(n % 5)
    clearInterval(every)
    must(mine[1] === (n & 255) && mine[4_999] === (n & 255))
  },
  async kv(n, { kv }) {
    const store = kv.open('notes')
    await store.set('k' + n, { n })
    const [{ n: kept }] = await Promise.all([store.get('k' + n, { type: 'json' }), sleep(1)])
    must(kept === n)
  },
  async fetch(n) {
    const asked = ['a', 'b'].map(async (which) => (await fetch('http://up.test/' + which + '/' + n)).text())
    must((await Promise.all(asked)).join() === 'a' + n + ',b' + n)
  },
  async gated(n, { kv }) {
    await fetch('http://up.test/gate')
    await kv.open('notes').set('gated' + n, n)
  },
  // Beyond what its memory has at first.
  async grow(n) {
    const mine = new Uint8Array((1 + (n % 3)) << 20).fill(n)
    await sleep(n % 4)
    for (let at = 0; at < mine.length; at += 4_096) must(mine[at] === (n & 255))
  },
  async deep(n, { tools }, { depth = 1 }) {
    await sleep(n % 3)
    if (depth > 0) must((await tools.call('deep', { n: n + 1, depth: depth - 1 }))[1] === n + 1)
    await sleep(n % 2)
  },
  async after(n, { kv }, _, context) {
    await sleep(1)
    context.waitUntil(sleep(n % 7).then(() => kv.open('notes').set('after' + n, n)))
  },
  // Longer than marks pay for, and shorter than a slice.
  compute() {
    let sum = 0
    for (let i = 0; i < 8_000; i++) sum += i
    must(sum > 0)
  },
  never: () => sleep(600_000),
  'never-fetch': () => fetch('http://up.test/never'),
  'never-kv': (_, { kv }) => kv.open('notes').get('never'),
  'never-deep': (n, { tools }) => tools.call('never', { n }),
}
function must(is) {
  if (!is) throw new Error('not as it was')
}
export const handler = serve(async (request, env, context) => {
  const path = new URL(request.url).pathname.slice(1)
  const given = await request.json()
  const { n } = given
  calls++
  if (path === 'stream') return new Response(chunks(n))
  const before = left
  left = globalThis.left = [path, n, 'x'.repeat(2_000)]
  await paths[path](n, env, given, context)
  must(left[1] === n)
  return Response.json([${version}, n, calls, before])
})
function chunks(n) {
  let count = 3
  return new ReadableStream({
    async pull(controller) {
      await sleep(n % 3)
      controller.enqueue(new Uint8Array(5_000).fill(n + (calls - 1)))
      if (--count === 0) controller.close()
    },
  })
}
`
