/** Answers a mebibyte. @module */
import { Request, Response, serve } from 'mayfly/guest/assemblyscript'

serve((_request: Request): Response => {
  const body = new Uint8Array(1048576)
  body.fill(0x78)
  return new Response(200, [], body)
})
