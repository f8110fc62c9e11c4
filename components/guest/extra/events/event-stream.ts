/**
 * Reads the format `text/event-stream`, as it arrives.
 *
 * What has come of an event is kept until its end. The limits of the request bound it.
 *
 * @module
 */

/** An event as it was sent. */
export interface ServerEvent {
  readonly type: string
  readonly data: string
  /** Of this event or the latest one that had an id. */
  readonly lastEventId: string
}

export interface EventStreamSink {
  event(event: ServerEvent): void
  /** The server asks for this many milliseconds before the next connection. */
  retry(ms: number): void
}

const END_OF_LINE = /\r\n|\n|\r/g
const DIGITS = /^[0-9]+$/
// Timers of the platform count in 32 bits.
const MAX_RETRY_MS = 2 ** 31 - 1

export class EventStream {
  readonly #sink: EventStreamSink
  /** The parts of a line whose end has not come. A list: to search them again would take time by the square. */
  #line: string[] = []
  /** Whether the latest text ended in a carriage return: a line feed that comes next belongs to it. */
  #endsInReturn = false
  #type = ''
  #data: string[] = []
  /** Of the event that has begun, and of the latest that has ended. */
  #newId: string
  #id: string

  /** @param id - of the latest event of the connection before */
  constructor(sink: EventStreamSink, id = '') {
    this.#sink = sink
    this.#newId = id
    this.#id = id
  }

  /** Takes the next part of the stream. An event that has begun counts for nothing until its end has come. */
  write(text: string): void {
    if (text === '') return
    let from = this.#endsInReturn && text.startsWith('\n') ? 1 : 0
    this.#endsInReturn = text.endsWith('\r')
    END_OF_LINE.lastIndex = from
    for (;;) {
      const end = END_OF_LINE.exec(text)
      if (end === null) break
      this.#line.push(text.slice(from, end.index))
      from = end.index + end[0].length
      const line = this.#line.join('')
      this.#line = []
      // The sink may have called this again.
      this.#take(line)
      END_OF_LINE.lastIndex = from
    }
    if (from < text.length) this.#line.push(text.slice(from))
  }

  #take(line: string): void {
    if (line === '') return this.#dispatch()
    const colon = line.indexOf(':')
    const name = colon === -1 ? line : line.slice(0, colon)
    const rest = colon === -1 ? '' : line.slice(colon + 1)
    const value = rest.startsWith(' ') ? rest.slice(1) : rest
    switch (name) {
      case 'event':
        this.#type = value
        break
      case 'data':
        this.#data.push(value)
        break
      case 'id':
        if (!value.includes('\0')) this.#newId = value
        break
      case 'retry':
        if (DIGITS.test(value)) this.#sink.retry(Math.min(Number(value), MAX_RETRY_MS))
    }
  }

  #dispatch(): void {
    const [type, data] = [this.#type, this.#data]
    this.#type = ''
    this.#data = []
    this.#id = this.#newId
    if (data.length === 0) return
    this.#sink.event({
      type: type === '' ? 'message' : type,
      data: data.join('\n'),
      lastEventId: this.#id,
    })
  }

  /** To be sent when the connection is made anew. */
  get id(): string {
    return this.#id
  }
}
