/** POST what was found and what it costs; get a report with a number of its own. @module */
import type { Agent } from 'mayfly/guest'

interface Findings {
  readonly found: readonly { readonly item: string; readonly price: number }[]
  readonly total: number
}

export default {
  async fetch(request, env) {
    const { found, total } = (await request.json()) as Findings
    const number = await env.kv.open('reports').increment('number')
    const lines = found.map(({ item, price }) => `${item} at ${price.toFixed(2)}`)
    return Response.json({ number, lines, total: total.toFixed(2) })
  },
} satisfies Agent
