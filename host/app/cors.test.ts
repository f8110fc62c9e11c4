import { describe, expect, it } from 'vitest'
import { WholeAnswer } from '../../runtime/agents/index.ts'
import type { CorsSettings } from '../../runtime/manifest/index.ts'
import { Cors } from './cors.ts'

const APP = 'https://app.example'
const LISTED: CorsSettings = {
  origins: [APP],
  methods: ['PUT'],
  headers: ['x-own'],
  expose: ['x-total'],
  maxAgeSeconds: 9,
}

function fieldsOf(answer: unknown): Record<string, string> | undefined {
  if (answer === undefined) return undefined
  if (answer instanceof Response) return Object.fromEntries(answer.headers)
  const { fields } = answer as WholeAnswer
  const found: Record<string, string> = {}
  for (let at = 0; at < fields.length; at += 2) found[fields[at] ?? ''] = fields[at + 1] ?? ''
  return found
}

function preflight(settings: CorsSettings, headers: Record<string, string>, method = 'OPTIONS') {
  const request = { method, header: (name: string) => headers[name] ?? null }
  return fieldsOf(new Cors(settings).preflight(request, 'id'))
}

const ASKS = { origin: APP, 'access-control-request-method': 'PUT' }
const VARY = 'origin, access-control-request-headers'

describe('Cors.preflight()', () => {
  it('allows an origin of the list what the manifest says', () => {
    expect(preflight(LISTED, ASKS)).toEqual({
      'x-request-id': 'id',
      vary: VARY,
      'access-control-allow-origin': APP,
      'access-control-allow-methods': 'PUT',
      'access-control-allow-headers': 'x-own',
      'access-control-max-age': '9',
    })
  })

  it.each([
    'https://app.example.evil',
    'http://app.example',
    'https://app.example:444',
    'null',
    '*',
    '',
  ])('allows nothing to %j', (origin) => {
    expect(preflight(LISTED, { ...ASKS, origin })).toEqual({ 'x-request-id': 'id', vary: VARY })
  })

  it('allows the fields that a browser names where there is no list, and repeats no other text', () => {
    const names = (value: string): unknown =>
      preflight({ origins: ['*'] }, { ...ASKS, 'access-control-request-headers': value })?.[
        'access-control-allow-headers'
      ]
    expect(names('content-type, x-b')).toBe('content-type, x-b')
    expect(names('a b')).toBeUndefined()
    expect(names('a,\u00e9')).toBeUndefined()
  })

  it('is for such questions only', () => {
    expect(preflight(LISTED, ASKS, 'GET')).toBeUndefined()
    expect(preflight(LISTED, { origin: APP })).toBeUndefined()
    expect(preflight(LISTED, { 'access-control-request-method': 'PUT' })).toBeUndefined()
  })
})

describe('Cors.apply()', () => {
  const own = [
    'access-control-allow-origin',
    '*',
    'access-control-allow-credentials',
    'true',
    'x-own',
    '1',
  ]
  const apply = (settings: CorsSettings, origin: string | null): unknown[] => [
    fieldsOf(new Cors(settings).apply(new WholeAnswer(200, own, null), origin)),
    fieldsOf(
      new Cors(settings).apply(
        new Response(null, {
          headers: Object.fromEntries([own.slice(0, 2), own.slice(2, 4), own.slice(4)]),
        }),
        origin,
      ),
    ),
  ]

  it.each([
    [
      LISTED,
      APP,
      {
        'access-control-allow-origin': APP,
        'access-control-expose-headers': 'x-total',
        vary: 'origin',
      },
    ],
    [LISTED, 'https://evil.example', { vary: 'origin' }],
    [LISTED, null, { vary: 'origin' }],
    [{ origins: ['*'] }, 'https://any.example', { 'access-control-allow-origin': '*' }],
    [
      { origins: [APP], credentials: true },
      APP,
      {
        'access-control-allow-origin': APP,
        'access-control-allow-credentials': 'true',
        vary: 'origin',
      },
    ],
  ] as [CorsSettings, string | null, object][])('of %j for %s', (settings, origin, expected) => {
    for (const fields of apply(settings, origin))
      expect(fields).toEqual({ 'x-own': '1', ...expected })
  })
})
