/** POST a list, and prices beside it or as a blob; get a report with a new number. @module */
import type { Agent } from 'mayfly/guest'

interface Price {
  readonly item: string
  readonly price: number
}

interface Order {
  readonly list: readonly { readonly item: string; readonly amount: number | null }[]
  readonly prices?: readonly Price[]
}

export default {
  async fetch(request, env) {
    const { list, prices = [] } = (await request.json()) as Order
    const [given] = env.blobs.given
    const known = given === undefined ? prices : await given.json<Price[]>()
    const number = await env.kv.open('reports').increment('number')
    const priced = list.flatMap(({ item, amount }) =>
      known
        .filter((price) => price.item === item)
        .map(({ price }) => ({
          line: `${item} at ${price.toFixed(2)}`,
          cost: (amount ?? 0) * price,
        })),
    )
    const total = priced.reduce((sum, { cost }) => sum + cost, 0)
    return Response.json({ number, lines: priced.map(({ line }) => line), total: total.toFixed(2) })
  },
} satisfies Agent
