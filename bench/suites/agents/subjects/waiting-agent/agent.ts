/** Waits for an upstream before it answers. @module */
export default {
  async fetch(): Promise<Response> {
    const response = await fetch('https://upstream.example/slow')
    return new Response(await response.text())
  },
}
