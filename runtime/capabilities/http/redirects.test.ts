/** What `http.send` does about redirects, by its second argument. */
import { describe, expect, it } from 'vitest'
import { configured, functionsOf, payloadOf, testInvocation } from '../../host-module/testing.ts'
import { manifestFromObject } from '../../manifest/index.ts'
import { http } from './http.ts'

const REDIRECTS: Readonly<Record<string, [status: number, location?: string]>> = {
  '/once': [302, '/end#part'],
  '/twice': [307, '/once'],
  '/across': [303, 'https://b.test/end'],
  '/denied': [302, 'https://c.test/end'],
  '/file': [302, 'file:///etc/passwd'],
  '/nowhere': [301, 'https://'],
  '/loop': [308, '/loop'],
  '/bare': [302],
  '/other': [304],
}

async function open() {
  const sent: string[] = []
  const capability = http({
    name: 'test',
    async fetch({ method, url }) {
      sent.push(`${method} ${url}`)
      const [status, location] = REDIRECTS[new URL(url).pathname] ?? []
      if (status === undefined) return new Response(`end of ${url}`)
      return new Response(status === 304 ? null : 'moved', {
        status,
        headers: location === undefined ? {} : { location },
      })
    },
  })
  const rules = [{ host: 'a.test', methods: ['GET', 'POST'] }, { host: 'b.test' }]
  const { capabilities } = manifestFromObject({ name: 'tester', capabilities: { http: rules } })
  const ready = await configured(capability, capabilities.http)
  const invocation = testInvocation()
  const { send, sendForBlob } = functionsOf<'send' | 'sendForBlob'>(capability, ready, invocation)
  const ask = (path: string) => ({
    method: 'GET',
    url: `https://a.test${path}`,
    headers: [],
    body: new Uint8Array(0),
  })
  return { send, sendForBlob, ask, sent, invocation }
}

describe('http() with a mode for redirects', () => {
  it.each([
    ['follow', '/end', [200, undefined]],
    ['follow', '/once', [200, 'https://a.test/end']],
    ['follow', '/twice', [200, 'https://a.test/end']],
    ['follow', '/across', [200, 'https://b.test/end']],
    ['follow', '/bare', [302, undefined]],
    ['follow', '/other', [304, undefined]],
    ['follow', '/denied', 'denied'],
    ['follow', '/file', 'denied'],
    ['follow', '/nowhere', 'redirected'],
    ['follow', '/loop', 'redirected'],
    ['manual', '/end', [200, undefined]],
    ['manual', '/once', [302, undefined]],
    ['manual', '/denied', [302, undefined]],
    ['manual', '/nowhere', [301, undefined]],
    ['error', '/end', [200, undefined]],
    ['error', '/once', 'redirected'],
    ['error', '/denied', 'redirected'],
    ['error', '/bare', 'redirected'],
    ['error', '/other', [304, undefined]],
    // A guest of 0.1.0 has no mode, and no such error.
    [undefined, '/once', [200, 'https://a.test/end']],
    [undefined, '/loop', 'unavailable'],
  ])('%s: %s ends as %j', async (redirect, path, expected) => {
    const { send, ask } = await open()
    if (typeof expected === 'string') {
      expect(await payloadOf(() => send(ask(path), redirect))).toBe(expected)
      return
    }
    const [status, redirectedTo] = expected
    expect(await send(ask(path), redirect)).toMatchObject({ status, redirectedTo })
  })

  it('hands over where a redirect that is not followed leads, with its body', async () => {
    const { send, ask, sent } = await open()
    expect(await send(ask('/across'), 'manual')).toMatchObject({
      headers: expect.arrayContaining([['location', 'https://b.test/end']]),
      body: new TextEncoder().encode('moved'),
    })
    expect(sent).toEqual(['GET https://a.test/across'])
  })

  it('holds for bodies that stay outside', async () => {
    const { sendForBlob, ask } = await open()
    expect(await sendForBlob(ask('/once'), 'manual')).toMatchObject({ status: 302 })
    expect(await sendForBlob(ask('/once'), 'follow')).toMatchObject({
      redirectedTo: 'https://a.test/end',
    })
    expect(await payloadOf(() => sendForBlob(ask('/once'), 'error'))).toBe('redirected')
  })

  it.each([
    ['error', '/once', 'The response redirects, and the request follows no redirect'],
    ['follow', '/loop', 'More than 5 redirects'],
    ['follow', '/nowhere', 'The target of the redirect is not a URL'],
    ['follow', '/denied', expect.stringContaining('host "c.test": not granted')],
    ['follow', '/file', expect.stringContaining('not granted')],
  ])('tells the operator why a redirect ended the request: %s, %s', async (mode, path, hint) => {
    const { send, ask, invocation } = await open()
    await payloadOf(() => send(ask(path), mode))
    expect(invocation.events.at(-1)).toMatchObject({ hint })
  })
})
