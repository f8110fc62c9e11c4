/** Answers a little JSON, asynchronously. @module */
export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    return Response.json({ hello: 'world', path: pathname })
  },
}
