/** Passes on the events of the upstream on the port that its path names, as they come. @module */
export default {
  async fetch(request: Request): Promise<Response> {
    const port = request.url.slice(request.url.lastIndexOf('/') + 1)
    const { body } = await fetch(`http://127.0.0.1:${port}/events`, { signal: request.signal })
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  },
}
