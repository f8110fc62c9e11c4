/** Server-sent events of an answer. `EventSource` cannot send a token in a header. @module */

export interface StreamEvent {
  readonly name: string
  readonly data: string
}

/** Yields the events of `body` as they come. Of the fields of an event it knows those that the host sends. */
export async function* eventsOf(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<StreamEvent> {
  let rest = ''
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const blocks = (rest + value).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const fields = new Map(block.split('\n').map(fieldOf))
      const data = fields.get('data')
      if (data !== undefined) yield { name: fields.get('event') ?? '', data }
    }
  }
}

function fieldOf(line: string): readonly [name: string, value: string] {
  const colon = line.indexOf(': ')
  return colon === -1 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 2)]
}
