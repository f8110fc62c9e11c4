/**
 * The body of a request whose method has none in the Web's `Request`: GET and HEAD. HTTP lets them have one, and so does
 * WASI.
 *
 * Node drains a message that nothing has read. It leaves that to the reader of one that was begun, as the next request of
 * the connection comes behind it.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http'

/** What is used of Node's message. */
export type UnreadMessage = Pick<IncomingMessage, 'on' | 'pause' | 'resume' | 'complete'>

/**
 * Reads `incoming` as it comes.
 *
 * @param whenAnswered - has its argument called once the request is answered: what was not read is drained then
 */
export function unreadBody(
  incoming: UnreadMessage,
  whenAnswered: (drain: () => void) => void,
): ReadableStream<Uint8Array> {
  let open = true
  const drain = (): void => {
    open = false
    incoming.resume()
  }
  whenAnswered(drain)
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        incoming.on('data', (chunk: Buffer) => {
          if (!open) return
          // Copied: Node may give it from a buffer that it uses again.
          controller.enqueue(Uint8Array.from(chunk))
          incoming.pause()
        })
        incoming.on('close', () => {
          if (!open) return
          open = false
          if (incoming.complete) controller.close()
          else controller.error(new Error('The body broke off'))
        })
        incoming.on('end', () => {
          if (!open) return
          open = false
          controller.close()
        })
        incoming.on('error', () => {})
        incoming.pause()
      },
      pull: () => void incoming.resume(),
      cancel: drain,
    },
    { highWaterMark: 0 },
  )
}
