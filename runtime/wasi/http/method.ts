/**
 * Methods and schemes, between WIT and the Web.
 *
 * @module
 */

export type Method = { readonly tag: string; readonly val?: string }
export type Scheme =
  { readonly tag: 'HTTP' | 'HTTPS' } | { readonly tag: 'other'; readonly val: string }

const NAMED: ReadonlySet<string> = new Set([
  'get',
  'head',
  'post',
  'put',
  'delete',
  'connect',
  'options',
  'trace',
  'patch',
])

export function methodOf(name: string): Method {
  const tag = name.toLowerCase()
  return NAMED.has(tag) && name === name.toUpperCase() ? { tag } : { tag: 'other', val: name }
}

export function methodName({ tag, val }: Method): string {
  return tag === 'other' ? (val ?? '') : tag.toUpperCase()
}

export function schemeOf(protocol: string): Scheme {
  if (protocol === 'http:') return { tag: 'HTTP' }
  return protocol === 'https:' ? { tag: 'HTTPS' } : { tag: 'other', val: protocol.slice(0, -1) }
}

export function schemeName(scheme: Scheme): string {
  return scheme.tag === 'other' ? scheme.val : scheme.tag.toLowerCase()
}
