/** Prices a shopping list, such as `?tea=3&bread=2`, by asking other agents. @module */
import { type Agent, CapabilityError } from 'mayfly/guest'

export default {
  async fetch(request, env) {
    const wanted = [...new URL(request.url).searchParams]
    const items = wanted.map(([item]) => item)
    try {
      const [prices, ...amounts] = await Promise.all([
        // The prices are for the report alone: this agent gets a handle for them, which it cannot read.
        env.tools.callForBlob('search', { items }),
        // Text of the client goes to the calculator unchanged: all it can do there is compute.
        ...wanted.map(([, amount]) => env.tools.call<number>('calc', amount)),
      ])
      const list = items.map((item, index) => ({ item, amount: amounts[index] }))
      return Response.json(await env.tools.call('report', { list }, { blobs: [prices] }))
    } catch (error) {
      if (!(error instanceof CapabilityError)) throw error
      const status = error.code === 'malformed' ? 400 : 502
      return Response.json({ error: error.code }, { status })
    }
  },
} satisfies Agent
