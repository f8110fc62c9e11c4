/** Asks the upstream on the port that its path names, and passes its answer on. @module */
export default {
  async fetch(request: Request): Promise<Response> {
    const port = request.url.slice(request.url.lastIndexOf('/') + 1)
    const response = await fetch(`http://127.0.0.1:${port}/`)
    return new Response(await response.text())
  },
}
