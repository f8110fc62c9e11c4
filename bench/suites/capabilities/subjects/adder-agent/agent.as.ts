/** POST `[1,2]`, get `3`. @module */
import { JsonWriter, parseNumber, Request, Response, serve } from 'mayfly/guest/assemblyscript'

const COMMA: u8 = 0x2c

serve((request: Request): Response => {
  const comma = request.body.indexOf(COMMA)
  const sum =
    parseNumber(request.body, 1, comma) +
    parseNumber(request.body, comma + 1, request.body.length - 1)
  return Response.json(new JsonWriter().number(sum).bytes())
})
