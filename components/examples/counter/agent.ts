/** Counts the visits of each path, in a store that outlives the request. @module */
import type { Agent } from 'mayfly/guest'

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url)
    const visits = await env.kv.open('counters').increment(pathname)
    return Response.json({ path: pathname, visits })
  },
} satisfies Agent
