/** Calls its tool a number of times: `/100`. @module */
import type { Agent } from 'mayfly/guest'

export default {
  async fetch(request, env) {
    const count = Number(new URL(request.url).pathname.slice(1))
    let answer: unknown
    for (let call = 0; call < count; call++) answer = await env.tools.call('adder', [call, 1])
    return new Response(String(answer))
  },
} satisfies Agent
