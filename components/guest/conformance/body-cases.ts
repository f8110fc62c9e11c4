/** Headers, Request, Response, Blob, FormData. @module */
import type { Cases } from './case.ts'

const bytes = (...values: number[]): Uint8Array<ArrayBuffer> => Uint8Array.from(values)

const MULTIPART = [
  '--x',
  'Content-Disposition: form-data; name="a"',
  '',
  'one\r\ntwo ä',
  '--x',
  'content-disposition: form-data; name="f"; filename="ä.txt"',
  'Content-Type: text/css',
  '',
  'body',
  '--x',
  'content-disposition: form-data; name="e"',
  '',
  '',
  '--x--',
  '',
].join('\r\n')

async function describeForm(form: FormData): Promise<unknown[]> {
  const entries: unknown[] = []
  for (const [name, value] of form) {
    if (typeof value === 'string') entries.push([name, value])
    else entries.push([name, value.name, value.type, value.size, await value.text()])
  }
  return entries
}

export const bodyCases: Cases = {
  'Headers are sorted and combined, cookies are not': () => {
    const headers = new Headers([
      ['b', '1'],
      ['Set-Cookie', 'x=1'],
      ['A', ' 2 '],
      ['set-cookie', 'y=2'],
      ['B', '3'],
    ])
    return [[...headers], headers.getSetCookie(), headers.get('SET-COOKIE'), headers.get('none')]
  },
  'Headers.set, append, delete, has': () => {
    const headers = new Headers({ a: '1', 'content-type': 'x' })
    headers.append('A', '2')
    headers.set('b', '3')
    headers.set('a', '4')
    headers.delete('Content-Type')
    return [[...headers.keys()], [...headers.values()], headers.has('A'), headers.has('c')]
  },
  'Headers refuse a name': () => new Headers({ 'a b': 'x' }),
  'Headers refuse a value': () => new Headers({ a: 'x\ny' }),
  'Headers refuse a value beyond Latin-1': () => new Headers({ a: '€' }),
  'Headers refuse a triple': () => new Headers([['a', 'b', 'c']] as never),
  'Headers.forEach': () => {
    const seen: string[] = []
    new Headers({ b: '1', a: '2' }).forEach((value, name) => seen.push(name + value))
    return seen
  },
  'Response of text': async () => {
    const response = new Response('äöü', { status: 201, headers: { 'X-A': 'b' } })
    return [response.status, response.ok, [...response.headers], await response.text()]
  },
  'Response.json': async () => {
    const response = Response.json({ a: 1 }, { headers: { b: 'c' } })
    return [[...response.headers], await response.json()]
  },
  'Response.json keeps a content type': () => [
    ...Response.json(1, { headers: { 'content-type': 'application/problem+json' } }).headers,
  ],
  'Response.json of undefined': () => Response.json(undefined),
  'Response.redirect': () => {
    const response = Response.redirect('http://a/b', 303)
    return [response.status, response.headers.get('location')]
  },
  'Response.redirect refuses a status': () => Response.redirect('http://a/', 200),
  'Response refuses a status': () => new Response(null, { status: 99 }),
  'Response refuses a body with 204': () => new Response('x', { status: 204 }),
  'Response without body': async () => {
    const response = new Response()
    return [response.body, response.bodyUsed, await response.text(), response.bodyUsed]
  },
  'Response.bodyUsed': async () => {
    const response = new Response('x')
    const before = response.bodyUsed
    await response.text()
    return [before, response.bodyUsed]
  },
  'Response read twice': async () => {
    const response = new Response('x')
    await response.text()
    await response.text()
  },
  'Response.clone': async () => {
    const response = new Response('x', { status: 202, headers: { a: 'b' } })
    const copy = response.clone()
    return [await response.text(), await copy.text(), copy.status, copy.headers.get('a')]
  },
  'Response.clone after use': async () => {
    const response = new Response('x')
    await response.text()
    response.clone()
  },
  'Response of a stream, cloned': async () => {
    const response = new Response(new Blob(['ab', 'cd']).stream())
    const copy = response.clone()
    return [await response.text(), await copy.text()]
  },
  'Response of bytes is a copy': async () => {
    const source = bytes(1, 2)
    const response = new Response(source)
    source[0] = 9
    return [...new Uint8Array(await response.arrayBuffer())]
  },
  'Response of bytes, cloned, shares none': async () => {
    const response = new Response(bytes(1, 2))
    const copy = response.clone()
    new Uint8Array(await response.arrayBuffer())[0] = 9
    return [...new Uint8Array(await copy.arrayBuffer())]
  },
  'Response.body stays the same': async () => {
    const response = new Response('x')
    const { body } = response
    const before = [response.body === body, response.bodyUsed]
    return [...before, await response.text(), response.body === body, response.bodyUsed]
  },
  'Response.bodyUsed of a stream that others read': async () => {
    const stream = new Blob(['x']).stream()
    const response = new Response(stream)
    await stream.getReader().read()
    return response.bodyUsed
  },
  'Response of a locked stream': async () => {
    const response = new Response('x')
    response.body?.getReader()
    return response.text()
  },
  'Response.body can be read': async () => {
    const reader = new Response('ab').body?.getReader()
    const first = await reader?.read()
    const last = await reader?.read()
    return [[...(first?.value ?? [])], first?.done, last?.done]
  },
  'Response.blob has the type': async () => {
    const blob = await new Response('x', { headers: { 'content-type': 'text/css' } }).blob()
    return [blob.type, blob.size]
  },
  'Response text drops a byte order mark': () => new Response(bytes(0xef, 0xbb, 0xbf, 97)).text(),
  'Response text drops a byte order mark that was text': async () => [
    await new Response('\ufeffa').text(),
    await new Response('\ufeff{"b":"\ud800"}').json(),
    (await new Response('\ufeffa').arrayBuffer()).byteLength,
  ],
  'Response.json has a type unless one is given': async () => {
    const plain = Response.json({ a: 1 })
    const typed = Response.json([2], { status: 201, headers: { 'content-type': 'x/y' } })
    const types = [plain, typed].map((response) => response.headers.get('content-type'))
    return [...types, plain.status, typed.status, await plain.text(), await typed.json()]
  },
  'Response.json of nothing': () => Response.json(undefined),
  'Response.json without room for a body': () => Response.json(1, { status: 204 }),
  'Response of a broken JSON': () => new Response('{').json(),
  'Response of a stream of strings': () =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue('x')
          controller.close()
        },
      }),
    ).text(),
  'Request of a URL': () => {
    const request = new Request('http://a/b?c#d', {
      method: 'post',
      body: 'x',
      headers: { q: '1' },
    })
    return [request.url, request.method, [...request.headers], request.redirect]
  },
  'Request of a Request': async () => {
    const first = new Request('http://a/', { method: 'PUT', body: 'x', headers: { a: 'b' } })
    const second = new Request(first, { headers: { c: 'd' } })
    return [second.method, second.headers.get('a'), second.headers.get('c'), await second.text()]
  },
  'Request refuses a body with HEAD': () => {
    const init = { method: 'HEAD', body: 'x' }
    return new Request('http://a/', init)
  },
  'Request refuses credentials': () => new Request('http://a:b@c/'),
  'Request refuses a method': () => new Request('http://a/', { method: 'TRACE' }),
  'Request keeps the case of patch': () => new Request('http://a/', { method: 'patch' }).method,
  'Request.clone': async () => {
    const request = new Request('http://a/', { method: 'POST', body: 'x' })
    const copy = request.clone()
    return [await request.text(), await copy.text(), copy.method]
  },
  'Request of parameters': async () => {
    const body = new URLSearchParams({ a: 'b c' })
    const request = new Request('http://a/', { method: 'POST', body })
    return [request.headers.get('content-type'), await describeForm(await request.formData())]
  },
  'Request of a form round trip': async () => {
    const form = new FormData()
    form.append('a', 'ä\n"')
    form.append('f', new File(['x'], 'q".txt', { type: 'text/css' }))
    form.append('f', new Blob(['y']))
    const request = new Request('http://a/', { method: 'POST', body: form })
    return describeForm(await request.formData())
  },
  'multipart is parsed': async () => {
    const headers = { 'content-type': 'multipart/form-data; boundary=x' }
    return describeForm(await new Response(MULTIPART, { headers }).formData())
  },
  'multipart that breaks off': () =>
    new Response(MULTIPART.slice(0, 80), {
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
    }).formData(),
  'formData of another type': () => new Response('x').formData(),
  'FormData.set, getAll, delete': () => {
    const form = new FormData()
    form.append('a', '1')
    form.append('b', '2')
    form.append('a', '3')
    form.set('a', '4')
    form.append('c', '5')
    form.delete('b')
    return [[...form.keys()], form.getAll('a'), form.get('none'), form.has('c')]
  },
  'Blob.slice': async () => {
    const blob = new Blob(['abc', bytes(100), new Blob(['e'])], { type: 'Text/Plain' })
    return [blob.size, blob.type, await blob.slice(1, -1).text(), blob.slice(0, 1, 'x').type]
  },
  structuredClone: () => {
    const original = {
      date: new Date(5),
      map: new Map([[1, { a: [1, undefined, 2] }]]),
      set: new Set('ab'),
    }
    const copy = structuredClone(original)
    return [copy.date.getTime(), copy.map.get(1)?.a, [...copy.set], copy.map !== original.map]
  },
  'structuredClone of a cycle': () => {
    const original: { self?: unknown } = {}
    original.self = original
    const copy = structuredClone(original)
    return copy.self === copy
  },
  'structuredClone of a function': () => structuredClone(() => 1),
  'structuredClone of views of one buffer': () => {
    const view = bytes(1, 2, 3)
    const copy = structuredClone({ a: view, b: view.subarray(1) })
    return [[...copy.b], copy.a.buffer === copy.b.buffer, copy.a.buffer === view.buffer]
  },
}
