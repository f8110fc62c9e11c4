import { describe, expect, it } from 'vitest'
import { checkHead } from './check-head.ts'

function head(host: string, url = '/', ...rawHeaders: string[]) {
  return { method: 'GET', url, rawHeaders: ['Host', host, ...rawHeaders], httpVersionMinor: 1 }
}

describe('checkHead()', () => {
  it.each([
    'localhost',
    'A.b-c.example.',
    'a:80',
    '10.0.0.1:8787',
    '255.255.255.255',
    '[::1]',
    'a_b',
    '3com',
    'x.1a',
  ])('lets host %j through', (host) => {
    expect(checkHead(head(host))).toBeUndefined()
  })

  it.each([
    '',
    'a,b',
    'a b',
    'a/b',
    'a@b',
    'a:b',
    'a:99999',
    '127.1',
    '1',
    '127.999.1.1',
    '127.0.0.01',
    '127.0.0.256',
    '1.2.3.4:70000',
    '1.2.3.4.5',
    '[0::1]',
  ])('refuses host %j', (host) => {
    expect(checkHead(head(host))).toMatchObject({ status: 400, error: 'not a host' })
  })

  it('asks for one host, and of HTTP/1.0 for none', () => {
    expect(checkHead(head('a', '/', 'hOST', 'a'))).toMatchObject({ error: 'more than one host' })
    const none = { method: 'GET', url: '/', rawHeaders: [], httpVersionMinor: 1 }
    expect(checkHead(none)).toMatchObject({ error: 'no host' })
    expect(checkHead({ ...none, httpVersionMinor: 0 })).toBeUndefined()
  })

  it.each([
    ['http://a/x', undefined],
    ['http://A:80/x', undefined],
    ['http://b/x', 'more than one host'],
    ['http://a@b/x', 'not a host'],
    ['ftp://a/x', 'the target is not a path'],
    ['*', 'the target is not a path'],
  ])('of the target %j says %s', (url, error) => {
    expect(checkHead(head('a', url))?.error).toBe(error)
  })

  it('takes no time for a host made to take it', () => {
    const host = `${'a.'.repeat(8_000)}!`
    const started = performance.now()
    for (let round = 0; round < 10; round++) expect(checkHead(head(host))?.status).toBe(400)
    // A pattern that goes back for each label would take minutes.
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})
