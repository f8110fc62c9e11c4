/** Reads or writes one key a number of times: `/get/100`, `/set/100`. @module */
import type { Agent } from 'mayfly/guest'

export default {
  async fetch(request, env) {
    const [, action, count] = new URL(request.url).pathname.split('/')
    const notes = env.kv.open('notes')
    let last: unknown
    for (let call = 0; call < Number(count); call++) {
      last = action === 'get' ? await notes.get('key') : await notes.set('key', 'value')
    }
    return new Response(String(last))
  },
} satisfies Agent
