/** Makes one request a number of times, one after the other: `/20`. @module */
import type { Agent } from 'mayfly/guest'

export default {
  async fetch(request) {
    const count = Number(new URL(request.url).pathname.slice(1))
    let last: unknown
    for (let call = 0; call < count; call++) {
      const response = await fetch('https://api.example.com/orders')
      last = await response.text()
    }
    return new Response(String(last))
  },
} satisfies Agent
