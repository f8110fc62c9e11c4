/** Streams of bytes and their readers inside an agent on our engine, beside the same code in Node. @module */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildAgent } from '../../host/toolchain/index.ts'
import { Runtime, type LoadedAgent } from '../../runtime/index.ts'

const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor as FunctionConstructor

// The names are in the code, since programs that arrive are not seen when it is built.
const SOURCE = `
const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor
globalThis.named = 'byob TextDecoder pipeTo'
export default {
  async fetch(request) {
    const program = request.headers.get('program')
    return Response.json(await new AsyncFunction('given', decodeURIComponent(program))(request))
  },
}
`

/** Reads `stream` into buffers of `size` bytes: what each read gave, and how it ended. */
const READ = `
const readInto = async (stream, size, options) => {
  const reader = stream.getReader({ mode: 'byob' })
  const parts = []
  for (let buffer = new ArrayBuffer(size); ; ) {
    const { done, value } = await reader.read(new Uint8Array(buffer), options)
    parts.push([done, value.byteLength, value.buffer.byteLength])
    if (done) return parts
    buffer = value.buffer
  }
}
`

/** Programs whose results are the same in Node, with a request of 100,000 bytes. */
const SAME: Readonly<Record<string, string>> = {
  'a reader brings the buffer that the source fills': `
    let asked
    const stream = new ReadableStream({ type: 'bytes', pull({ byobRequest }) {
      asked = [byobRequest.view.byteOffset, byobRequest.view.byteLength]
      byobRequest.view.set([1, 2, 3])
      byobRequest.respond(3)
    } })
    const view = new Uint8Array(new ArrayBuffer(10), 2, 6)
    const { value } = await stream.getReader({ mode: 'byob' }).read(view)
    return [asked, [...value], value.byteOffset, value.buffer.byteLength, view.byteLength]`,
  'a chunk that was given belongs to the stream': `
    const chunk = new Uint8Array([1, 2])
    const stream = new ReadableStream({ type: 'bytes', start: (c) => c.enqueue(chunk) })
    return [chunk.byteLength, (await stream.getReader().read()).value.byteLength]`,
  'what does not fit waits for the next read': `
    const stream = new ReadableStream({ type: 'bytes', start(c) { c.enqueue(new Uint8Array(5)); c.close() } })
    return readInto(stream, 3)`,
  'a read waits for as much as it asks for, and takes whole elements': `
    let at = 0
    const stream = new ReadableStream({ type: 'bytes', pull: (c) => c.enqueue(Uint8Array.of(++at)) })
    const reader = stream.getReader({ mode: 'byob' })
    const { value } = await reader.read(new Uint16Array(4), { min: 2 })
    return [value.length, [...new Uint8Array(value.buffer, 0, value.byteLength)]]`,
  'a source without a buffer of a reader has one of its own': `
    const stream = new ReadableStream({ type: 'bytes', autoAllocateChunkSize: 16, pull({ byobRequest }) {
      byobRequest.view[0] = 7
      byobRequest.respond(1)
    } })
    const { value } = await stream.getReader().read()
    return [[...value], value.buffer.byteLength]`,
  'a request is answered once': `
    let request
    const stream = new ReadableStream({ type: 'bytes', pull: (c) => { request = c.byobRequest; request.respond(1) } })
    await stream.getReader({ mode: 'byob' }).read(new Uint8Array(1))
    try { request.respond(1) } catch (error) { return [error.name, request.view] }`,
  'a stream that ends amid an element fails': `
    const stream = new ReadableStream({ type: 'bytes', start(c) { c.enqueue(Uint8Array.of(1)); c.close() } })
    return stream.getReader({ mode: 'byob' }).read(new Uint16Array(1)).catch((error) => error.name)`,
  'a failure reaches reads that wait': `
    let fail
    const stream = new ReadableStream({ type: 'bytes', start: (c) => { fail = () => c.error(new RangeError('x')) } })
    const read = stream.getReader({ mode: 'byob' }).read(new Uint8Array(1))
    fail()
    return read.catch((error) => error.name)`,
  'a reader that lets go leaves its bytes to the next': `
    let controller
    const stream = new ReadableStream({ type: 'bytes', start: (c) => { controller = c } })
    const reader = stream.getReader({ mode: 'byob' })
    const read = reader.read(new Uint8Array(4)).catch((error) => error.name)
    reader.releaseLock()
    controller.byobRequest.view[0] = 9
    controller.byobRequest.respond(1)
    const { value } = await stream.getReader().read()
    return [await read, [...value]]`,
  'a cancelled read has no buffer': `
    const reader = new ReadableStream({ type: 'bytes' }).getReader({ mode: 'byob' })
    const read = reader.read(new Uint8Array(1))
    await reader.cancel()
    const { done, value } = await read
    return [done, value === undefined]`,
  'both branches have all bytes, each its own': `
    const stream = new ReadableStream({ type: 'bytes', start(c) { c.enqueue(Uint8Array.of(1, 2, 3)); c.close() } })
    const [one, other] = stream.tee()
    const parts = await readInto(one, 2)
    return [parts, await readInto(other, 4)]`,
  'a reader refuses what it cannot read into': `
    const reader = new ReadableStream({ type: 'bytes' }).getReader({ mode: 'byob' })
    const tries = [[undefined], [new Uint8Array(0)], [new ArrayBuffer(1)], [new Uint8Array(1), { min: 2 }], [new Uint8Array(1), { min: 0 }]]
    return Promise.all(tries.map((given) => reader.read(...given).catch((error) => error.name)))`,
  'an ordinary stream has no such reader': `
    try { return new ReadableStream().getReader({ mode: 'byob' }) } catch (error) { return error.name }`,
  'the classes cannot be made by hand': `
    return ['ReadableByteStreamController', 'ReadableStreamBYOBRequest', 'ReadableStreamBYOBReader'].map((name) => {
      try { new globalThis[name]() } catch (error) { return [globalThis[name].name, error.name] }
    })`,
  'the body of a request': `
    const parts = await readInto(given.body, 300000, { min: 300000 })
    return parts.map(([, length]) => length).reduce((sum, length) => sum + length)`,
  'the body of a response, and of its clone': `
    const response = new Response('abcde')
    const other = response.clone()
    return [await readInto(response.body, 4), await readInto(other.body, 8), await readInto(new Response('').body, 2)]`,
  'the bytes of a blob': `return readInto(new Blob(['abc']).stream(), 2)`,
}

let directory = ''
let agent: LoadedAgent

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mayfly-byte-streams-'))
  writeFileSync(join(directory, 'agent.json'), '{ "name": "bytes", "source": "agent.js" }')
  writeFileSync(join(directory, 'agent.js'), SOURCE)
  agent = await new Runtime().load(await buildAgent({ directory }))
}, 240_000)

afterAll(() => rmSync(directory, { recursive: true, force: true }))

it.each(Object.entries(SAME))('in an agent as in Node: %s', async (_, source) => {
  const program = READ + source
  const body = new Uint8Array(100_000)
  const init = { method: 'POST', body, headers: { program: encodeURIComponent(program) } }
  const request = (): Request => new Request('http://agent.example/', init)
  const expected: unknown = await new AsyncFunction('given', program)(request())
  const answer = await agent.fetch(request())
  expect(await answer.json()).toEqual(JSON.parse(JSON.stringify(expected)))
})
