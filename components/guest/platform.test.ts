/** Web APIs inside an agent on our engine, beside the same code in Node. @module */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildAgent } from '../../host/toolchain/index.ts'
import { Runtime, type LoadedAgent } from '../../runtime/index.ts'
import { sharedCode } from '../../runtime/testing/shared-code.ts'

const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor as FunctionConstructor

const SOURCE = `
const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor
export default {
  async fetch(request) {
    try {
      return Response.json({ value: (await new AsyncFunction(await request.text())()) ?? null })
    } catch (error) {
      return Response.json({ error: error.name })
    }
  },
}
`

// The bomb below takes all the time there is.
const MANIFEST = { name: 'platform', source: 'agent.js', limits: { deadlineMs: 4000 } }

/** Gathers what a readable gives, as text. */
const GATHER = `
const gather = async (stream) => {
  const parts = []
  for await (const part of stream) parts.push(...part)
  return String.fromCharCode(...parts)
}
const bytes = (text) => Uint8Array.from(text, (one) => one.charCodeAt(0))
const through = async (text, pair) => {
  const writer = pair.writable.getWriter()
  writer.write(bytes(text)).catch(() => {})
  writer.close().catch(() => {})
  return gather(pair.readable)
}
`

/** Programs whose results are the same in Node. */
const SAME: Readonly<Record<string, string>> = {
  'a pipe to a closed stream rejects': `
    const target = new WritableStream()
    await target.close()
    return new ReadableStream().pipeTo(target).then(() => 'piped', (error) => error.name)`,
  'an error passes a pipe that waits': `
    let fail
    const source = new ReadableStream({ start: (c) => { c.enqueue(1); fail = () => c.error(new RangeError('x')) } })
    const piped = source.pipeTo(new WritableStream({}, { highWaterMark: 0 }))
    setTimeout(fail, 1)
    return piped.then(() => 'piped', (error) => error.name)`,
  'the end of a pipe waits for the writes': `
    const written = []
    await ReadableStream.from([1, 2, 3]).pipeTo(new WritableStream({
      write: (chunk) => new Promise((done) => setTimeout(() => { written.push(chunk); done() }, 1)) }))
    return written`,
  'a signal ends a pipe': `
    const control = new AbortController()
    let reason
    const piped = new ReadableStream({ cancel: (why) => { reason = why.name } })
      .pipeTo(new WritableStream(), { signal: control.signal })
    control.abort()
    return [await piped.catch((error) => error.name), reason]`,
  'methods refuse foreign objects': `
    const get = (name) => Object.getOwnPropertyDescriptor(ReadableStream.prototype, name).get
    const names = []
    for (const call of [
      () => get('locked').call({}),
      () => ReadableStream.prototype.getReader.call({}),
      () => new ReadableStreamDefaultReader({}),
      () => new ReadableStream({ pull: 1 }),
      () => new ReadableStream(null),
      () => new ReadableStream({}, { highWaterMark: -1 }),
      () => new WritableStream({ type: 'x' }),
      () => new TransformStream({ readableType: 'x' }),
      () => new CountQueuingStrategy({}),
      () => new ReadableStreamDefaultController(),
    ]) try { call(); names.push('none') } catch (error) { names.push(error.name) }
    return names`,
  'both branches of a tee get all': `
    const [a, b] = ReadableStream.from(['x', 'y']).tee()
    const read = async (stream) => { const all = []; for await (const part of stream) all.push(part); return all }
    return [await read(a), await read(b)]`,
  'a loop that breaks cancels': `
    let cancelled = 0
    const stream = new ReadableStream({ pull: (c) => c.enqueue(1), cancel: () => void cancelled++ })
    for await (const _ of stream) break
    return [cancelled, stream.locked]`,
  'what is compressed unpacks': `${GATHER}
    const results = []
    for (const format of ['gzip', 'deflate', 'deflate-raw']) {
      const packed = await through('hello '.repeat(500), new CompressionStream(format))
      results.push(packed.length < 200, await through(packed, new DecompressionStream(format)))
    }
    return results`,
  'damaged data is refused': `${GATHER}
    const packed = await through('hello', new CompressionStream('gzip'))
    const refused = []
    for (const bad of [packed.slice(0, -1), packed + 'x', 'x' + packed, packed.slice(0, -8) + 'xxxxxxxx']) {
      refused.push(await through(bad, new DecompressionStream('gzip')).then(() => 'taken', (error) => error.name))
    }
    return refused`,
  'a message is a copy': `
    const { port1, port2 } = new MessageChannel()
    const sent = { a: [1] }
    const got = new Promise((resolve) => { port2.onmessage = ({ data }) => resolve(data) })
    port1.postMessage(sent)
    sent.a.push(2)
    const data = await got
    port1.close()
    return data`,
  'a pattern matches': `
    const pattern = new URLPattern({ pathname: '/books/:id' })
    return [pattern.test('https://a.example/books'), pattern.exec('https://a.example/books/7').pathname.groups.id]`,
  'a clone moves buffers and keeps holes': `
    const buffer = new Uint8Array([1, 2, 3]).buffer
    const list = [1, , 3]
    const copy = structuredClone({ buffer, list, big: Object(5n), date: new Date(7) }, { transfer: [buffer] })
    return [buffer.byteLength, copy.buffer.byteLength, 1 in copy.list, copy.list.length, String(copy.big.valueOf()), copy.date.getTime()]`,
  'a clone that fails moves nothing': `
    const buffer = new ArrayBuffer(4)
    let name
    try { structuredClone({ buffer, f() {} }, { transfer: [buffer] }) } catch (error) { name = error.name }
    return [name, buffer.byteLength]`,
  'a stream is not copied': `
    const stream = ReadableStream.from([1, 2])
    const refused = [stream, new WritableStream(), new TransformStream()].map((each) => {
      try { return structuredClone(each) } catch (error) { return [error instanceof DOMException, error.name, error.code] }
    })
    return [refused, stream.locked, (await stream.getReader().read()).value]`,
  'a stream that is transferred goes on elsewhere': `
    const stream = ReadableStream.from([1, 2])
    const moved = structuredClone({ stream }, { transfer: [stream] })
    const read = [stream.locked]
    for await (const each of moved.stream) read.push(each)
    return read`,
  'a clone of an error is of its kind': `
    const copy = structuredClone(new RangeError('far', { cause: 1 }))
    return [copy instanceof RangeError, copy.message, copy.cause]`,
  'signals of signals abort together': `
    const a = new AbortController(), b = new AbortController()
    const both = AbortSignal.any([a.signal, AbortSignal.any([b.signal])])
    const seen = []
    b.signal.onabort = (event) => seen.push(both.aborted, event.target === b.signal)
    both.addEventListener('abort', () => seen.push('both'))
    b.abort('why')
    return [...seen, both.reason]`,
  'timeouts that are none are refused': `
    try { AbortSignal.timeout(-1); return 'taken' } catch { return 'refused' }`,
  'an event has a path while it is dispatched': `
    const target = new EventTarget()
    const event = new Event('x')
    let path
    target.addEventListener('x', () => { path = [event.composedPath().length, event.eventPhase] })
    target.dispatchEvent(event)
    return [path, event.composedPath().length, event.currentTarget]`,
  'a listener taken away by another is not called': `
    const target = new EventTarget()
    const calls = []
    const second = () => calls.push(2)
    target.addEventListener('x', () => { calls.push(1); target.removeEventListener('x', second) })
    target.addEventListener('x', second)
    target.dispatchEvent(new Event('x'))
    return calls`,
  'a request has its fields': `
    const one = new Request('https://a.example/', { mode: 'same-origin', cache: 'no-store' })
    const two = one.clone()
    return [one.mode, one.credentials, one.cache, one.keepalive, two.cache, new Request('https://a.example/').mode]`,
}

let agent: LoadedAgent
let directory = ''

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mayfly-platform-'))
  writeFileSync(join(directory, 'agent.json'), JSON.stringify(MANIFEST))
  // Named, since programs that arrive are not seen when it is built.
  const names = '// CompressionStream, MessageChannel, URLPattern, WebAssembly\n'
  const kept = `globalThis.named = 'CompressionStream MessageChannel URLPattern WebAssembly'\n`
  writeFileSync(join(directory, 'agent.js'), names + kept + SOURCE)
  agent = await new Runtime({ codeStore: sharedCode }).load(await buildAgent({ directory }))
}, 240_000)

afterAll(() => rmSync(directory, { recursive: true, force: true }))

async function inAgent(program: string): Promise<unknown> {
  const request = new Request('http://agent.example/', { method: 'POST', body: program })
  return (await agent.fetch(request)).json()
}

async function inNode(program: string): Promise<unknown> {
  try {
    const value: unknown = await new AsyncFunction(program)()
    return JSON.parse(JSON.stringify({ value: value ?? null })) as unknown
  } catch (error) {
    return { error: (error as Error).name }
  }
}

describe('in an agent as in Node:', () => {
  it.each(Object.entries(SAME))('%s', async (_, program) => {
    expect(await inAgent(program)).toEqual(await inNode(program))
  })
})

it('data that unpacks without an end ends the agent, not the host', async () => {
  const program = `
    const pack = new CompressionStream('gzip')
    const writer = pack.writable.getWriter()
    const zeros = new Uint8Array(1 << 20)
    void (async () => { for (;;) await writer.write(zeros) })()
    let length = 0
    for await (const part of pack.readable.pipeThrough(new DecompressionStream('gzip'))) length += part.length
    return length`
  const request = new Request('http://agent.example/', { method: 'POST', body: program })
  const response = await agent.fetch(request)
  expect([response.status, await response.json()]).toMatchObject([
    504,
    { error: 'deadline exceeded' },
  ])
  expect(await inAgent('return 1')).toEqual({ value: 1 })
}, 60_000)

it('WebAssembly is there to be asked, and refuses to run', async () => {
  const program = `
    const module = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])
    const { CompileError, RuntimeError } = WebAssembly
    const errors = []
    for (const act of [
      () => WebAssembly.compile(module),
      () => WebAssembly.instantiate(module, {}),
      () => WebAssembly.compileStreaming(new Response(module)),
      () => WebAssembly.instantiateStreaming(new Response(module), {}),
      async () => new WebAssembly.Module(module),
      async () => new WebAssembly.Memory({ initial: 1 }),
      async () => new WebAssembly.Table({ initial: 1, element: 'anyfunc' }),
      async () => new WebAssembly.Global({ value: 'i32' }, 1),
      async () => new WebAssembly.Tag({ parameters: [] }),
      async () => new WebAssembly.Instance({}),
      async () => WebAssembly.Module.exports({}),
      async () => WebAssembly.validate('text'),
    ]) await act().then(() => errors.push('none'), (error) =>
      errors.push([error instanceof CompileError ? 'CompileError' : 'other', error.name, error.message]))
    const shapes = [
      String(WebAssembly), WebAssembly.validate(module), WebAssembly.validate(module.buffer),
      module instanceof WebAssembly.Module, module instanceof WebAssembly.Memory, WebAssembly.Memory.name,
      new RuntimeError('x') instanceof Error, String(new RuntimeError('x')), Object.keys(WebAssembly).length,
    ]
    return { errors, shapes }`
  const { value } = (await inAgent(program)) as { value: { errors: unknown[]; shapes: unknown[] } }
  const hint = /: the host runs only WebAssembly that it has checked.* call it as a tool, or use/
  const refused = ['CompileError', 'CompileError', expect.stringMatching(hint)]
  const mistyped = ['other', 'TypeError', expect.stringMatching(/^Cannot (use|validate)/)]
  expect(value.errors).toEqual([...Array(9).fill(refused), ...Array(3).fill(mistyped)])
  expect(value.errors[0]).toMatchObject({ 2: expect.stringMatching(/^Cannot compile WebAssembly/) })
  expect(value.errors[5]).toMatchObject({ 2: expect.stringMatching(/^Cannot make a memory of/) })
  expect(value.shapes).toEqual([
    '[object WebAssembly]',
    ...[false, false, false, false, 'Memory', true, 'RuntimeError: x', 0],
  ])
})

/** What the agent answers whose code is `code` and answers with `value`. */
async function answerOf(code: string, value: string): Promise<unknown> {
  const source = `${code}\nexport default { fetch: async () => Response.json(await (${value})) }`
  writeFileSync(join(directory, 'agent.js'), source)
  const made = await new Runtime({ codeStore: sharedCode }).load(await buildAgent({ directory }))
  return (await made.fetch(new Request('http://agent.example/'))).json()
}

/** Names that the code does not have as such. */
const SPELLED = `['Compression:Stream', 'Writable:Stream', 'Transform:Stream', 'Crypto:Key', 'Count:QueuingStrategy', 'ReadableStreamBYO:BReader', 'Web:Assembly', 'Event:Source']
  .map((name) => typeof globalThis[name.replace(':', '')])`

it('an API that no code names is no part of an agent', async () => {
  const pipes = `['pipe:To', 'pipe:Through'].map((name) => typeof new ReadableStream()[name.replace(':', '')])`
  // A description of a declaration names nothing.
  const described =
    '/** Has WritableStream, CryptoKey, pipeTo and CompressionStream. */\nexport const other = 1'
  expect(await answerOf(described, `[...${SPELLED}, ...${pipes}]`)).toEqual(
    Array(10).fill('undefined'),
  )
  const label = `['iso-8859-', '2'].join('')`
  const decoder = 'const T = TextDecoder'
  expect(
    await answerOf(decoder, `(async () => new T(${label}).encoding)().catch((e) => e.name)`),
  ).toBe('RangeError')
})

it.each([
  ['a writer', 'new WritableStream().getWriter().close().then(() => 1)', 1],
  [
    'a pipe',
    "ReadableStream.from(['a']).pipeTo(new (class {})()).catch((e) => e.name)",
    'TypeError',
  ],
  [
    'text of a stream',
    "new Response(ReadableStream.from(['ä']).pipeThrough(new TextEncoderStream())).text()",
    'ä',
  ],
  [
    'a stream that moves',
    '((s) => structuredClone(s, { transfer: [s] }).getReader().read())(ReadableStream.from([1]))',
    { value: 1, done: false },
  ],
  ['a strategy', 'new CountQueuingStrategy({ highWaterMark: 3 }).highWaterMark', 3],
  ['a digest', "crypto.subtle.digest('SHA-1', new Uint8Array(0)).then((d) => d.byteLength)", 20],
  ['a key', 'CryptoKey.name', 'CryptoKey'],
  [
    'a reader of bytes',
    "new Response('a').body.getReader({ mode: 'byob' }).constructor.name",
    'ReadableStreamBYOBReader',
  ],
  [
    'an encoding',
    "new TextDecoder('latin2 koi8-r'.slice(7)).decode(Uint8Array.of(0xc1, 0xc2))",
    'аб',
  ],
  [
    'a label from elsewhere',
    "new TextDecoder(['iso-8859-', '2'].join('')).decode(Uint8Array.of(0xb1))",
    'ą',
  ],
])('an agent that names %s has it', async (_, value, expected) => {
  expect(await answerOf('', value)).toEqual(expected)
})
