/** Waits for an upstream before it answers, or, at `/timer`, for a timer that is due in an hour. @module */
const HOUR_MS = 3_600_000

export default {
  async fetch(request: Request): Promise<Response> {
    if (request.url.endsWith('/timer')) await new Promise((due) => setTimeout(due, HOUR_MS))
    const response = await fetch('https://upstream.example/slow')
    return new Response(await response.text())
  },
}
