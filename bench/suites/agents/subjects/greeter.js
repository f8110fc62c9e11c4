/** A small request of plain JavaScript: no library, no Web API. Runs on every engine as it is. @module */
export const handler = {
  handle({ method, url }) {
    const text = JSON.stringify({ method, hello: url.slice(url.lastIndexOf('/') + 1) })
    const body = new Uint8Array(text.length)
    for (let i = 0; i < text.length; i++) body[i] = text.charCodeAt(i)
    return { status: 200, headers: [['content-type', 'application/json']], body }
  },
}
