/** POST a text of any length; get how many lines it has. It is counted while it arrives. @module */
import { BodyReader, JsonWriter, Request, Response, serve } from 'mayfly/guest/assemblyscript'

const LINE_FEED: u8 = 0x0a

serve((request: Request): Response => {
  if (request.method != 'POST') return Response.text('POST a text\n', 405)
  const body = BodyReader.ofRequest(request)
  let bytes: f64 = 0
  let lines: f64 = 0
  let last = LINE_FEED
  for (let piece = body.read(); piece !== null; piece = body.read()) {
    for (let i = 0; i < piece.length; i++) {
      if (unchecked(piece[i]) === LINE_FEED) lines++
    }
    last = piece[piece.length - 1]
    bytes += piece.length
  }
  // Without all of it there is no number.
  if (body.error != '') return Response.text(body.error + '\n', 400)
  // The last line may have no end.
  if (last !== LINE_FEED) lines++
  const json = new JsonWriter().open('{').key('lines').number(lines).key('bytes').number(bytes)
  return Response.json(json.close('}').bytes())
})
