/** Computes, uses a store or waits for an upstream, until the host ends it. @module */
import type { Agent } from 'mayfly/guest'

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url)
    switch (pathname) {
      case '/compute':
        for (;;);
      case '/use': {
        const notes = env.kv.open('notes')
        for (;;) {
          try {
            await notes.get('key')
          } catch {
            return new Response('denied')
          }
        }
      }
      default:
        try {
          await fetch(searchParams.get('upstream') ?? '')
          return new Response('answered')
        } catch {
          return new Response('denied')
        }
    }
  },
} satisfies Agent
