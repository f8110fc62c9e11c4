/** Prices a shopping list, such as `?tea=3&bread=2`, by asking other agents. @module */
import { type Agent, CapabilityError } from 'mayfly/guest'

interface Found {
  readonly item: string
  readonly price: number
}

export default {
  async fetch(request, env) {
    const wanted = [...new URL(request.url).searchParams]
    try {
      const items = wanted.map(([item]) => item)
      const found = await env.tools.call<Found[]>('search', { items })
      const products = found.map(({ item, price }) => `${amountOf(wanted, item)} * ${price}`)
      const total = await env.tools.call<number>('calc', products.join(' + ') || '0')
      return Response.json(await env.tools.call('report', { found, total }))
    } catch (error) {
      if (!(error instanceof CapabilityError)) throw error
      const status = error.code === 'malformed' ? 400 : 502
      return Response.json({ error: error.code }, { status })
    }
  },
} satisfies Agent

function amountOf(wanted: readonly (readonly [string, string])[], item: string): string {
  // What a client wrote goes to the calculator as it is: all it could do there is compute.
  return wanted.find(([name]) => name === item)?.[1] ?? '0'
}
