/** Never answers. @module */
export default {
  fetch(): Response {
    for (let i = 0; ; i++) if (i < 0) return new Response('never')
  },
}
