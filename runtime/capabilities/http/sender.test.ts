import { describe, expect, it } from 'vitest'
import { manifestFromObject, type HttpRule } from '../../manifest/index.ts'
import { HttpRefusal } from './driver.ts'
import { httpSender } from './sender.ts'
import type { SecretDriver } from './secret.ts'
import { setTrailers, trailersOf } from '../../host-module/trailers.ts'

const TOKEN = 'tok-0123456789'
const RULE = { host: 'a.test', headers: { authorization: 'Bearer {secret:TOKEN}', 'x-v': '2' } }

const secrets: SecretDriver = {
  name: 'test',
  get(name) {
    if (name === 'TOKEN') return { value: TOKEN }
    if (name === 'BOUND') return { value: TOKEN, hosts: ['*.example.com', 'b.test'] }
    if (name === 'SHORT') return { value: '1234567' }
    return name === 'BROKEN' ? { value: 'with\r\nline: break' } : undefined
  },
  hint: (name) => `Set ${name}`,
}

const work = { signal: new AbortController().signal, whenStopped() {} }

async function open(
  answer: (request: Request) => Response | Promise<Response>,
  rules: object[] = [RULE],
  source: SecretDriver | undefined = secrets,
) {
  const { capabilities } = manifestFromObject({ name: 'tester', capabilities: { http: rules } })
  const parsed = capabilities.http ?? []
  const driver = { name: 'test', fetch: async (request: Request) => answer(request) }
  const { send } = await httpSender(parsed, { agent: 'tester', driver, secrets: source })
  return (
    init: RequestInit = {},
    index = 0,
    changes: Partial<HttpRule> = {},
    onSearch?: (bytes: number) => void,
  ) => {
    const rule = parsed[index]
    if (rule === undefined) throw new RangeError(`Cannot use rule ${index}: there is none`)
    return send(new Request('https://a.test/', init), { ...rule, ...changes }, work, {
      onSearch: (bytes) => onSearch?.(bytes),
    })
  }
}

function echo(request: Request): Response {
  const lines = [...request.headers].map(([name, value]) => `${name}: ${value}`)
  return new Response(lines.join('\n'), { headers: { 'x-echo': lines.join(', ') } })
}

describe('httpSender()', () => {
  it('sets the headers of the rule, in place of those of the guest', async () => {
    let sent: Headers | undefined
    const send = await open((request) => {
      sent = request.headers
      return new Response('ok')
    })
    await send({ headers: { authorization: 'Bearer of-another', 'x-mine': '1' } })
    expect(Object.fromEntries(sent ?? [])).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      'x-v': '2',
      'x-mine': '1',
    })
  })

  it('takes secrets out of trailers as of headers, and passes on the rest of them', async () => {
    const trailers = new Headers({ 'x-sum': '42', 'x-echo': `is ${TOKEN}`, [TOKEN]: '1' })
    const send = await open(() => {
      const response = new Response('ok')
      setTrailers(response, Promise.resolve(trailers))
      return response
    })
    const found = await trailersOf(await send())
    expect(Object.fromEntries(found ?? [])).toEqual({
      'x-sum': '42',
      'x-echo': `is ${'*'.repeat(14)}`,
    })
  })

  it('sets them as well when the rule was narrowed after the agent was loaded', async () => {
    const response = await (
      await open(({ headers }) => new Response(headers.get('x-v')))
    )(undefined, 0, {
      methods: ['GET'],
    })
    expect(await response.text()).toBe('2')
  })

  it('sends no secret where the rule names none, and fills in nothing of the guest', async () => {
    const send = await open(echo, [RULE, { host: 'b.test' }])
    const response = await send({ headers: { 'x-mine': '{secret:TOKEN}' } }, 1)
    expect(await response.text()).toBe('x-mine: {secret:TOKEN}')
  })

  it('takes an echoed secret out of body and headers', async () => {
    const response = await (await open(echo))()
    expect(response.headers.get('x-echo')).toContain(`authorization: Bearer ${'*'.repeat(14)}`)
    const text = await response.text()
    expect(text).toContain(`authorization: Bearer ${'*'.repeat(14)}`)
    expect(text + JSON.stringify([...response.headers])).not.toContain(TOKEN)
  })

  it('takes it out of what another rule of the agent receives', async () => {
    const send = await open(() => new Response(`stored: ${TOKEN}`), [RULE, { host: 'b.test' }])
    expect(await (await send({}, 1)).text()).toBe(`stored: ${'*'.repeat(14)}`)
  })

  it('takes it out of chunks it is cut across, of a redirect, and of the name of a header', async () => {
    const chunks = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const part of ['<tok-01', '23456', '789>']) {
          controller.enqueue(new TextEncoder().encode(part))
        }
        controller.close()
      },
    })
    const headers = { location: `https://b.test/?t=${TOKEN}`, [`x-${TOKEN}`]: '1' }
    const response = await (await open(() => new Response(chunks, { status: 302, headers })))()
    expect(await response.text()).toBe(`<${'*'.repeat(14)}>`)
    expect([...response.headers]).toEqual([['location', `https://b.test/?t=${'*'.repeat(14)}`]])
  })

  it('takes what a server makes of it out of a body of known length and out of a field', async () => {
    const escaped = JSON.stringify(TOKEN).replaceAll('-', '\\u002d')
    const entities = [...TOKEN].map((letter) => `&#${letter.charCodeAt(0)};`).join('')
    const body = `${escaped} ${entities}`
    const headers = { 'content-length': String(body.length), 'x-echo': entities }
    const response = await (await open(() => new Response(body, { headers })))()
    expect(await response.text()).toBe(body.replaceAll(/[^" ]/g, '*'))
    expect(response.headers.get('x-echo')).toBe('*'.repeat(entities.length))
  })

  it('tells how many bytes of a response were searched, where there is a secret', async () => {
    const searched = async (rules?: object[]): Promise<number> => {
      let bytes = 0
      const send = await open(() => new Response('x'.repeat(50_000)), rules)
      await (await send({}, 0, {}, (each) => (bytes += each))).text()
      return bytes
    }
    expect(await searched()).toBeGreaterThanOrEqual(50_000)
    expect(await searched([{ host: 'a.test', headers: { 'x-v': '2' } }])).toBe(0)
  })

  it('asks for what can be searched, and refuses what cannot', async () => {
    let sent: Headers | undefined
    const send = await open((request) => {
      sent = request.headers
      return new Response('packed', { headers: { 'content-encoding': 'gzip' } })
    })
    const headers = { 'accept-encoding': 'gzip', range: 'bytes=0-3', 'if-range': 'x' }
    await expect(send({ headers })).rejects.toThrow('cannot be searched')
    expect(sent?.get('accept-encoding')).toBe('identity')
    expect([sent?.get('range'), sent?.get('if-range')]).toEqual([null, null])
  })

  it('takes it out of errors, and passes refusals on', async () => {
    const failing = await open(({ headers }) => {
      throw new Error(`Cannot send ${headers.get('authorization')}`, { cause: headers })
    })
    const error: unknown = await failing().catch((reason: unknown) => reason)
    expect(error).toMatchObject({ message: `Cannot send Bearer ${'*'.repeat(14)}` })
    expect(error).not.toHaveProperty('cause')
    const refusing = await open(() => {
      throw new HttpRefusal('no', 'loopback')
    })
    await expect(refusing()).rejects.toBeInstanceOf(HttpRefusal)
  })

  it.each([
    ['is not set', { host: 'a.test' }, 'ABSENT', 'not set'],
    ['is too short to be found', { host: 'a.test' }, 'SHORT', 'not 8 or more'],
    ['breaks the line', { host: 'a.test' }, 'BROKEN', 'not 8 or more'],
    ['is for other hosts', { host: 'example.com' }, 'BOUND', 'not for host "example.com"'],
    ['is for fewer hosts', { host: '*.com' }, 'BOUND', 'not for host "*.com"'],
    ['would go in clear', { host: 'a.test', scheme: 'http' }, 'TOKEN', 'in clear'],
  ])('refuses to load when a secret %s', async (_, rule, name, message) => {
    const headers = { 'x-key': `{secret:${name}}` }
    await expect(open(echo, [{ ...rule, headers }])).rejects.toThrow(message)
  })

  it.each([
    [{ host: 'api.example.com' }, 'BOUND'],
    [{ host: '*.v1.example.com' }, 'BOUND'],
    [{ host: 'b.test' }, 'BOUND'],
    [{ host: 'db', scheme: 'http', network: 'private' }, 'TOKEN'],
  ])('loads %j with secret %s', async (rule, name) => {
    const rules = [{ ...rule, headers: { 'x-key': `{secret:${name}}` } }]
    await expect(open(echo, rules)).resolves.toBeTypeOf('function')
  })

  it('loads with a secret that is for this agent, and not with one of another', async () => {
    const own = (agent: string): SecretDriver => ({
      ...secrets,
      get: async (_, asking) => (asking === agent ? { value: TOKEN } : undefined),
    })
    const response = await (await open(echo, [RULE], own('tester')))()
    expect(await response.text()).toContain(`Bearer ${'*'.repeat(14)}`)
    await expect(open(echo, [RULE], own('other'))).rejects.toThrow('not set')
  })

  it('refuses to load without a driver, and says nothing of the value', async () => {
    const empty: SecretDriver = { ...secrets, get: () => undefined }
    await expect(open(echo, [RULE], empty)).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_HOST_UNAVAILABLE', hint: 'Set TOKEN' }),
    )
  })
})
