/** POST `{ "items": […] }` for their prices; PUT `{ "tea": 4.5 }` to set some. @module */
import type { Agent } from 'mayfly/guest'

const FIRST_PRICES: Readonly<Record<string, number>> = { tea: 4.5, bread: 3.2, butter: 2.8 }

export default {
  async fetch(request, env) {
    const catalogue = env.kv.open('catalogue')
    if (request.method === 'PUT') {
      await catalogue.setMany((await request.json()) as Record<string, number>)
      return new Response(null, { status: 204 })
    }
    const { items } = (await request.json()) as { items?: unknown }
    if (!Array.isArray(items)) return Response.json('expected "items"', { status: 400 })
    const names = items.map(String)
    const known = await catalogue.getMany<number>(names, { type: 'json' })
    const found = names.flatMap((item, index) => {
      const price = known[index] ?? FIRST_PRICES[item]
      return price === undefined ? [] : [{ item, price }]
    })
    return Response.json(found)
  },
} satisfies Agent
