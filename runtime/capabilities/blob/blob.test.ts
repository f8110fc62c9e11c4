import { describe, expect, it } from 'vitest'
import { Blob } from './resource.ts'
import { contentFor } from './resource.ts'
import { contentOfBlob } from './resource.ts'
import { openBlob } from './resource.ts'
import { configured, functionsOf, payloadOf, testInvocation } from '../../host-module/testing.ts'
import { manifestFromObject } from '../../manifest/index.ts'
import { http } from '../http/http.ts'
import { blob } from './blob.ts'

const CONTENT = new TextEncoder().encode('content')

async function open(blobBytes = 100) {
  const invocation = testInvocation('tester', { blobBytes })
  const ready = await configured(blob(), undefined)
  return { ...functionsOf<'make' | 'given' | 'answer'>(blob(), ready, invocation), invocation }
}

describe('blob()', () => {
  it('makes blobs within the budget, and says where it ran out', async () => {
    const { make, invocation } = await open(10)
    const made = make(CONTENT) as Blob
    expect([made.size(), made.read(1, 2)]).toEqual([7, CONTENT.subarray(1, 3)])
    expect(await payloadOf(() => make(CONTENT))).toBe('limited')
    expect(invocation.events).toMatchObject([
      { capability: 'blob', action: 'make', outcome: 'limited', hint: 'Raise limits.blobBytes' },
    ])
  })

  it('lets go of the bytes when the invocation ends', async () => {
    const { make, invocation } = await open()
    const made = make(CONTENT) as Blob
    invocation.end()
    expect(() => made.read(0, 1)).toThrow('its invocation has ended')
    expect(() => contentFor(made, 'any')).toThrow('its invocation has ended')
  })

  it('answers with a blob, and not with what may only be handed on', async () => {
    const answers: Uint8Array[] = []
    const { context, events } = testInvocation()
    const answering = { ...context, answerWith: (bytes: Uint8Array) => void answers.push(bytes) }
    const ready = await configured(blob(), undefined)
    const { answer } = functionsOf<'answer'>(blob(), ready, { context: answering })
    answer(openBlob(CONTENT, { context, name: 'search' }))
    const sealed = openBlob(CONTENT, { context, name: 'search', onlyFor: true })
    expect(await payloadOf(() => answer(sealed))).toBe('denied')
    expect(answers).toEqual([CONTENT])
    expect(events).toMatchObject([{ action: 'answer', target: 'search', outcome: 'denied' }])
  })

  it('gives what the caller handed over, as many times as it is asked', async () => {
    const { context } = testInvocation()
    const ready = await configured(blob(), undefined)
    const functions = ready.prepare({ ...context, blobs: [CONTENT] })['mayfly:agent/blob']
    const given = functions?.['given'] as () => Blob[]
    expect([...given(), ...given()].map((each) => each.size())).toEqual([7, 7])
  })
})

describe('contentFor()', () => {
  it.for([
    [undefined, 'report', true],
    [true, 'report', true],
    [['report'], 'report', true],
    [['report'], 'echo', false],
    [[], 'report', false],
  ] as const)('hands one that is only for %j to %s: %s', ([onlyFor, tool, isAllowed]) => {
    const { context } = testInvocation()
    const sealed = openBlob(CONTENT, { context, name: 'search', onlyFor })
    expect(contentFor(sealed, tool)).toBe(isAllowed ? CONTENT : undefined)
  })

  it('takes nothing that only looks like a blob', () => {
    for (const value of [undefined, 1, 'text', {}, Object.create(Blob.prototype)]) {
      expect(() => contentFor(value, 'any')).toThrow('it is no blob')
      expect(() => contentOfBlob(value, 'read')).toThrow('it is no blob')
    }
    expect(() => Reflect.construct(Blob, [CONTENT])).toThrow('Cannot construct a blob')
  })
})

describe('http take-blob', () => {
  it('keeps the body outside, once, within the budget', async () => {
    const driver = { name: 'test', fetch: async () => new Response('0123456789') }
    const grants = { http: [{ host: 'a.test' }] }
    const { capabilities } = manifestFromObject({ name: 'tester', capabilities: grants })
    const ready = await configured(http(driver), capabilities.http)
    const invocation = testInvocation('tester', { blobBytes: 15 })
    const { start, takeBlob } = functionsOf<'start' | 'takeBlob'>(http(driver), ready, invocation)
    const request = { method: 'GET', url: 'https://a.test/', headers: [], body: new Uint8Array(0) }
    const first = start(request)
    expect(await takeBlob(first)).toMatchObject({ status: 200, body: expect.any(Blob) })
    expect(await payloadOf(() => takeBlob(first))).toBe('unknown')
    expect(await payloadOf(() => takeBlob(start(request)))).toBe('limited')
  })
})
