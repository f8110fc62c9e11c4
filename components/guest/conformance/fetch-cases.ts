/** `fetch` of what needs no network, and messages as `fetch` takes and returns them. @module */
import type { Cases } from './case.ts'

/** What a `data:` URL has in it. */
async function contentOf(url: string, init?: RequestInit): Promise<unknown> {
  try {
    const response = await fetch(url, init)
    const { status, ok, redirected, type } = response
    const headers = [...response.headers]
    const bytes = [...new Uint8Array(await response.arrayBuffer())]
    return [status, ok, redirected, type, response.url, headers, bytes]
  } catch (error) {
    return (error as Error).name
  }
}

const DATA_URLS = [
  'data:,',
  'data:,Hello%2C%20World',
  'DATA:,x',
  'data:text/plain;base64,SGVsbG8=',
  'data:;base64,SGVsbG8',
  'data:;BASE64 ,SGVs',
  'data:text/html;base64 ;charset=utf-8,SGVs',
  'data:; base64,SGVs%20bG8%3D',
  'data:;base64,S',
  'data:;base64,====',
  'data:text/html;charset=utf-8,<p>ä</p>',
  'data:;charset=utf-8,x',
  'data:text/html; charset="utf-8" ; a=b,x',
  'data: text/html ,x',
  'data:text,x',
  'data:*/*;charset=x,x',
  'data:x/x;x=";",x',
  'data:,a,b',
  'data:,%FF%zz%4',
  'data:,x#fragment',
  'data:,x?query',
  'data:%20text/plain,x',
  'data://test/,X',
  'data:text/plain',
  'data:',
]

export const fetchCases: Cases = {
  'Headers of null': () => new Headers(null as never),
  'Headers of pairs with a value that is undefined': () => [
    ...new Headers([['a', undefined as never]]),
  ],
  'Headers iterate as arrays do': () => {
    const iterators = [new Headers().keys(), new Headers().values(), new Headers().entries()]
    return iterators.map((one) => one[Symbol.iterator]() === one && one.next().done)
  },
  'Response with a text of its status that does not fit': () =>
    new Response('', { statusText: 'a\nb' }),
  'Response.body of a body that has been read is locked': async () => {
    const response = new Response('a')
    await response.text()
    return response.body?.locked
  },
  'fetch of a data: URL has the text of its status': async () =>
    (await fetch('data:,a')).statusText,
  ...Object.fromEntries(
    DATA_URLS.map((url) => [`fetch of ${JSON.stringify(url)}`, () => contentOf(url)]),
  ),
  'fetch of a data: URL by a request': () =>
    contentOf(new Request('data:text/css,x', { headers: { a: 'b' } }) as unknown as string),
  'fetch of a data: URL with POST': () => contentOf('data:,x', { method: 'POST', body: 'y' }),
  'fetch of a data: URL that is given up': async () => {
    try {
      await fetch('data:,x', { signal: AbortSignal.abort() })
      return 'fetched'
    } catch (error) {
      return (error as Error).name
    }
  },
  'headers of a data: URL cannot be changed': async () => {
    const { headers } = await fetch('data:,x')
    headers.set('a', 'b')
  },

  'lines of cookies': () => {
    const headers = new Headers([
      ['Cookie', 'a=1'],
      ['accept', 'x'],
      ['cookie', 'b=2; c=3'],
      ['accept', 'y'],
    ])
    headers.append('COOKIE', 'd=4')
    return [headers.get('cookie'), [...headers], [...new Headers(headers)]]
  },

  'Request.redirect': () =>
    (['follow', 'manual', 'error', undefined] as const).map((redirect) => {
      const init = redirect === undefined ? {} : { redirect }
      const request = new Request('http://a/', init)
      return [request.redirect, request.clone().redirect, new Request(request).redirect]
    }),
  'Request refuses a mode for redirects': () =>
    new Request('http://a/', { redirect: 'maybe' as never }),
  'Response.error': () => {
    const response = Response.error()
    const { type, status, ok, statusText, url, redirected, body } = response
    return [type, status, ok, statusText, url, redirected, body, [...response.headers]]
  },
  'Response.error cannot be changed': () => Response.error().headers.set('a', 'b'),
  'Response.redirected and url of a new one': () => {
    const response = new Response('x', { status: 302, headers: { location: '/y' } })
    return [response.redirected, response.url, response.type, response.clone().status]
  },
}
