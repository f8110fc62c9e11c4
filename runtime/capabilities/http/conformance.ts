/**
 * The conformance suite of drivers for WebSockets.
 *
 * It uses no test library: it is a list of named steps that throw. The other side of each connection behaves as the path of
 * its URL says: a test serves `WEBSOCKET_BEHAVIOURS` over its network.
 *
 * @module
 */
import { bytes, same } from '../../host-module/conformance.ts'
import type {
  WebSocketChannel,
  WebSocketDriver,
  WebSocketEnd,
  WebSocketOptions,
} from './websocket-driver.ts'

/** One promise of the contract. `run` rejects when the driver breaks it. */
export interface WebSocketConformanceCase {
  /** What a driver must do, as the title of a test. */
  readonly name: string
  /** Rejects when the driver does something else. */
  run(subject: WebSocketConformanceSubject): Promise<void>
}

/** The driver under test. */
export interface WebSocketConformanceSubject {
  readonly driver: WebSocketDriver
  /** The address of the other side, of `http` or `https`, without a path. */
  readonly origin: string
}

const FLOOD = 2_000
const FLOOD_BYTES = 4_096
const MAX_MESSAGE_BYTES = 65_536

/** What the other side does with its end of a connection, by path. It is not there for any other path. */
export const WEBSOCKET_BEHAVIOURS: Readonly<Record<string, (channel: WebSocketChannel) => void>> = {
  '/echo': (channel) =>
    channel.listen({ message: (content) => void channel.send(content), ended() {} }),
  '/close': (channel) =>
    channel.listen({ message: () => channel.close(4_001, 'enough'), ended() {} }),
  '/close-without': (channel) =>
    channel.listen({ message: () => channel.close(1005, ''), ended() {} }),
  '/close-at-once': (channel) => channel.close(1000, ''),
  '/abort': (channel) => channel.listen({ message: () => channel.abort(), ended() {} }),
  '/large': (channel) => void channel.send(new Uint8Array(MAX_MESSAGE_BYTES + 1)),
  '/flood': (channel) => {
    for (let sent = 0; sent < FLOOD; sent++) void channel.send(new Uint8Array(FLOOD_BYTES))
  },
}

/** The conformance suite, for any test runner. */
export const WEBSOCKET_CONFORMANCE: readonly WebSocketConformanceCase[] = [
  step('passes texts and bytes both ways, in order', async (subject) => {
    const { channel, next } = await open(subject, '/echo')
    const sent = ['', 'one', '\u00e9\u{1f600}', bytes('two'), new Uint8Array(0), 'x'.repeat(60_000)]
    for (const content of sent) void channel.send(content)
    for (const content of sent) same(shown(await next()), shown(content))
    channel.abort()
  }),
  step('counts the bytes of a text in UTF-8', async (subject) => {
    const { channel, lengths, next } = await open(subject, '/echo')
    void channel.send('\u00e9\u{1f600}')
    await next()
    same(lengths.join(), '6')
    channel.abort()
  }),
  step('agrees about a protocol, or has none', async (subject) => {
    const { channel } = await open(subject, '/echo', ['one', 'two'])
    same(channel.protocol, 'one')
    const { channel: other } = await open(subject, '/echo')
    same(other.protocol, '')
    channel.abort()
    other.abort()
  }),
  step('says how the other side closes', async (subject) => {
    const { channel, end } = await open(subject, '/close')
    void channel.send('')
    same(JSON.stringify(await end), '{"state":"closed","code":4001,"reason":"enough"}')
    const { channel: other, end: otherEnd } = await open(subject, '/close-without')
    void other.send('')
    same(JSON.stringify(await otherEnd), '{"state":"closed","code":1005,"reason":""}')
  }),
  step('says so when the other side has closed before anyone listens', async (subject) => {
    const { end } = await open(subject, '/close-at-once')
    same((await end).state, 'closed')
  }),
  step('closes after what was sent', async (subject) => {
    const { channel, end, next } = await open(subject, '/echo')
    void channel.send('last')
    same(await next(), 'last')
    channel.close(3_000, 'done')
    same(JSON.stringify(await end), '{"state":"closed","code":3000,"reason":"done"}')
    // Neither fails, and nothing is sent.
    await channel.send('more')
    channel.close(3_000, '')
  }),
  step('breaks off, from either side', async (subject) => {
    const { channel, end } = await open(subject, '/abort')
    void channel.send('')
    same((await end).state, 'broken')
    const { channel: own, end: ownEnd } = await open(subject, '/echo')
    own.abort()
    same((await ownEnd).state, 'broken')
  }),
  step('takes no message above the bound', async (subject) => {
    const { end, lengths } = await open(subject, '/large')
    same((await end).state, 'too-large')
    same(lengths.length, 0)
  }),
  step('has the other side wait while it is paused', async (subject) => {
    const { channel, lengths, next } = await open(subject, '/flood')
    await next()
    channel.pause()
    await new Promise((resolve) => setTimeout(resolve, 50))
    const came = lengths.length
    await new Promise((resolve) => setTimeout(resolve, 20))
    same(lengths.length, came)
    same(came < FLOOD, true)
    channel.resume()
    for (let taken = 1; taken < FLOOD; taken++) await next()
    same(lengths.length, FLOOD)
    channel.abort()
  }),
  step('fails where no WebSocket is', async (subject) => {
    same(await failure(open(subject, '/nothing')), 'Error')
  }),
  step('gives up when its signal aborts', async (subject) => {
    const reason = new DOMException('given up', 'AbortError')
    same((await failure(open(subject, '/echo', [], AbortSignal.abort(reason)))) === '', false)
  }),
]

function step(
  name: string,
  run: (subject: WebSocketConformanceSubject) => Promise<void>,
): WebSocketConformanceCase {
  return { name, run }
}

interface Opened {
  readonly channel: WebSocketChannel
  readonly end: Promise<WebSocketEnd>
  /** Of what has come. */
  readonly lengths: number[]
  next(): Promise<string | Uint8Array>
}

async function open(
  { driver, origin }: WebSocketConformanceSubject,
  path: string,
  protocols: readonly string[] = [],
  signal: AbortSignal = new AbortController().signal,
): Promise<Opened> {
  const options: WebSocketOptions = {
    agent: 'tester',
    network: 'loopback',
    signal,
    maxMessageBytes: MAX_MESSAGE_BYTES,
    idleMs: 10_000,
  }
  const channel = await driver.connect(
    { url: new URL(path, origin), protocols, headers: [] },
    options,
  )
  const came: (string | Uint8Array)[] = []
  const lengths: number[] = []
  let wake: (() => void) | undefined
  const end = new Promise<WebSocketEnd>((resolve) => {
    channel.listen({
      message(content, length) {
        came.push(content)
        lengths.push(length)
        wake?.()
      },
      ended: resolve,
    })
  })
  return {
    channel,
    end,
    lengths,
    async next() {
      while (came.length === 0) await new Promise<void>((resolve) => (wake = resolve))
      return came.shift() ?? ''
    },
  }
}

function shown(content: string | Uint8Array): string {
  return typeof content === 'string' ? `text ${content}` : `bytes ${content.join()}`
}

async function failure(opening: Promise<unknown>): Promise<string> {
  try {
    await opening
  } catch (error) {
    return error instanceof Error || error instanceof DOMException ? error.name : 'none'
  }
  return ''
}
