/** FormData, multipart/form-data, application/x-www-form-urlencoded, and the types of bodies. @module */
import type { Cases } from './case.ts'

async function describeForm(form: FormData): Promise<unknown[]> {
  const entries: unknown[] = []
  for (const [name, value] of form) {
    if (typeof value === 'string') entries.push([name, value])
    else
      entries.push([name, value.name, value.type, [...new Uint8Array(await value.arrayBuffer())]])
  }
  return entries
}

/** Sends `body` as a form with the boundary `x`. */
function parsed(body: string | Uint8Array<ArrayBuffer>, type = 'multipart/form-data; boundary=x') {
  return new Response(body, { headers: { 'content-type': type } }).formData().then(describeForm)
}

/** A body of parts: each a disposition, further fields, and content. */
function parts(...all: [disposition: string, content: string, ...fields: string[]][]): string {
  const written = all.map(([disposition, content, ...fields]) =>
    ['--x', `Content-Disposition: form-data${disposition}`, ...fields, '', content].join('\r\n'),
  )
  return [...written, '--x--', ''].join('\r\n')
}

/** `form` as it is sent, with a boundary that is always the same. */
async function sent(form: FormData): Promise<string> {
  const request = new Request('http://a/', { method: 'POST', body: form })
  const type = request.headers.get('content-type') ?? ''
  const boundary = /^multipart\/form-data; boundary=([-0-9A-Za-z]{1,70})$/.exec(type)?.[1]
  if (boundary === undefined) return `type: ${type}`
  return (await request.text()).replaceAll(boundary, 'BOUNDARY')
}

function formOf(...entries: [name: string, value: string | Blob, fileName?: string][]): FormData {
  const form = new FormData()
  for (const [name, value, fileName] of entries) {
    if (fileName !== undefined) form.append(name, value as Blob, fileName)
    else form.append(name, value)
  }
  return form
}

const NAMES = ['plain', 'ä€', 'a"b', 'a\nb', 'a\rb', 'a\r\nb', 'a\\b', 'a;b=c', '%22%0A', '\ud800']

export const formCases: Cases = {
  'a form is written: texts': () => sent(formOf(['a', 'b'], ['c', ''], ['a', 'ä€'])),
  'a form is written: line breaks of texts': () => sent(formOf(['a', 'b\nc\rd\r\ne\n\rf'])),
  'a form is written: names': () =>
    sent(formOf(...NAMES.map((name): [string, string] => [name, 'x']))),
  'a form is written: file names': () =>
    sent(formOf(...NAMES.map((name): [string, File] => ['f', new File(['x'], name)]))),
  'a form is written: a file without a name': () => sent(formOf(['f', new File(['x'], '')])),
  'a form is written: types of files': () =>
    sent(
      formOf(
        ['f', new File(['{}'], 'a.json', { type: 'application/json' })],
        ['f', new Blob(['x'])],
        ['f', new Blob(['x'], { type: 'text/plain;charset=utf-8' }), 'named'],
      ),
    ),
  'a form is written: none': () => sent(new FormData()),
  'a form comes back': async () => {
    const every = Uint8Array.of(0, 9, 10, 13, 45, 127, 128, 255)
    const form = formOf(
      ...NAMES.map((name): [string, string] => [name, `value of ${name}`]),
      ...NAMES.map((name): [string, File] => [name, new File([every], name, { type: 'x/y' })]),
      ['bytes', new Blob(['\r\n--x\r\n', every, '\r\n'])],
    )
    return describeForm(await new Response(form).formData())
  },
  'a form is read: line breaks within': () => parsed(parts(['; name="a"', 'b\r\n\r\nc\nd\r'])),
  'a form is read: a line that begins like its boundary': () =>
    parsed(parts(['; name="a"', 'b\r\n--xyz\r\n--x-\r\nc'], ['; name="b"', '--x'])),
  'a form is read: files': () =>
    parsed(
      parts(
        ['; name="f"; filename="a.txt"', 'one'],
        ['; name="f"; filename="b.txt"', 'two', 'Content-Type: text/css; charset=x'],
        ['; name="f"; filename=""', ''],
      ),
    ),
  'a form is read: escapes': () =>
    parsed(parts(['; name="a%22b%0D%0Ac%41"', 'x'], ['; name="f"; filename="%22%0a"', 'x'])),
  'a form is read: names in UTF-8': () => parsed(parts(['; name="ä€"; filename="ü"', 'ß'])),
  'a form is read: what looks like a name within a file name': () =>
    parsed(parts(['; name="right"; filename="; name=wrong"', 'x'])),
  'a form is read: names of fields in any case': () =>
    parsed('--x\r\ncONTENT-dISPOSITION: form-data; name="a"\r\n\r\nb\r\n--x--\r\n'),
  'a form is read: other fields': () =>
    parsed(parts(['; name="a"', 'b', 'X-Other: 1', 'Content-Transfer-Encoding: binary'])),
  'a form is read: a byte order mark': () => parsed(parts(['; name="a"', '\ufeffb'])),
  'a form is read: none': () => parsed('--x--\r\n'),
  'a form is read: no line break at the end': () =>
    parsed('--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--'),
  'a form is read: its boundary in quotes': () =>
    parsed(parts(['; name="a"', 'b']), 'multipart/form-data; boundary="x"'),
  'a form is read: its type in capitals': () =>
    parsed(parts(['; name="a"', 'b']), 'Multipart/Form-Data; charset=utf-8; Boundary=x'),
  'a form is refused: no boundary': () => parsed(parts(['; name="a"', 'b']), 'multipart/form-data'),
  'a form is refused: another boundary': () =>
    parsed(parts(['; name="a"', 'b']), 'multipart/form-data; boundary=y'),
  'a form is refused: a part without a name': () => parsed(parts(['', 'b'])),
  'a form is refused: it does not end': () => parsed(parts(['; name="a"', 'b']).slice(0, -6)),
  'a form is refused: no bytes': () => parsed(''),
  'a form is refused: another type': () => parsed('a=b', 'text/plain'),
  'a form is refused: a type that begins the same': () =>
    parsed('--x--', 'multipart/form-database; boundary=x'),

  'urlencoded is read': () =>
    parsed('?a=1&b=%C3%A4+%2B&c&=d&&e=f=g%zz', 'application/x-www-form-urlencoded;charset=UTF-8'),
  'urlencoded is read: bytes that are not UTF-8': () =>
    parsed(Uint8Array.of(0x61, 0x3d, 0xff), 'application/x-www-form-urlencoded'),
  'urlencoded comes back': async () => {
    const body = new URLSearchParams([
      ['a', 'ä &=+'],
      ['?b', '\r\n'],
    ])
    const request = new Request('http://a/', { method: 'POST', body })
    return [request.headers.get('content-type'), await describeForm(await request.formData())]
  },

  'FormData of something': () => [
    [...new FormData()],
    new (FormData as unknown as new (form: unknown) => FormData)(1),
  ],
  'FormData without a value': () => (new FormData().append as (name: string) => void)('a'),
  'FormData with a file name for a text': () => new FormData().append('a', 'b' as never, 'c'),
  'FormData makes texts of names and values': () => {
    const form = new FormData()
    form.append(1 as never, null as never)
    form.append('a', undefined as never)
    form.append('\udc00', { toString: () => '\ud800' } as never)
    return [[...form], form.get(1 as never), form.has('\ufffd'), form.getAll('\udc00')]
  },
  'FormData names files': async () => {
    const form = new FormData()
    form.append('a', new Blob(['x'], { type: 'a/b' }))
    form.append('b', new File(['x'], 'old', { lastModified: 5 }), 'new')
    form.set('c', new Blob(['x']), '\ud800')
    form.set('d', new File(['x'], 'kept', { lastModified: 7 }))
    const dates = ['b', 'd'].map((name) => (form.get(name) as File).lastModified)
    return [await describeForm(form), dates, form.get('d') instanceof File]
  },

  'the type of a blob': async () => {
    const types = [
      'text/html',
      'Text/HTML;Charset=UTF-8',
      'text/html; a="b c"; a=d; e',
      ' text/html ',
      'text',
      'text/',
      'te xt/html',
      '',
      'a/b;c="d\\"e',
      'a/b;c=d"e;f=g',
      'a/b; =c;d=;e="";f=g h',
    ]
    return Promise.all(
      types.map(async (type) => {
        const response = new Response('x', { headers: { 'content-type': type } })
        return (await response.blob()).type
      }),
    )
  },
}
