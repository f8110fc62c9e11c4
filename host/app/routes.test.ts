import { describe, expect, it } from 'vitest'
import { Routes } from './routes.ts'
import type { ServedAgent } from './served-agent.ts'

function agent(name: string): ServedAgent {
  return { name, requestBodyBytes: 10, fetch: async () => new Response() }
}

function routes(all: Readonly<Record<string, string>>): Routes {
  const table = new Routes('shared')
  for (const [name, route] of Object.entries(all)) table.add(agent(name), route)
  return table
}

const shared = routes({
  hello: '/hello/*',
  shop: '/store/*',
  cart: '/store/cart/*',
  robots: '/robots.txt',
})

describe('Routes.match()', () => {
  it.each([
    ['/hello', 'hello', '/'],
    ['/hello/', 'hello', '/'],
    ['/hello/a/b', 'hello', '/a/b'],
    ['/store', 'shop', '/store'],
    ['/store/x', 'shop', '/store/x'],
    ['/store/cart/1', 'cart', '/store/cart/1'],
    ['/store/carts', 'shop', '/store/carts'],
    ['/robots.txt', 'robots', '/robots.txt'],
  ])('sends %s to %s as %s', (path, name, seen) => {
    const match = shared.match(path)
    expect([match?.agent.name, match?.path]).toEqual([name, seen])
  })

  it.each(['/', '/hell', '/hello2', '/robots.txt/x', '//hello', '/%68ello'])(
    'finds no agent for %s',
    (path) => {
      expect(shared.match(path)).toBeUndefined()
    },
  )

  it('lets an agent take all that is left', () => {
    const all = routes({ site: '/*', hello: '/hello/*' })
    expect(all.match('/')?.agent.name).toBe('site')
    expect(all.match('/x/y')?.agent.name).toBe('site')
    expect(all.match('/hello')?.agent.name).toBe('hello')
  })

  it("says which folder is the agent's, and whether the URL lies in it", () => {
    const origin = (path: string): unknown => shared.match(path)?.origin
    expect(origin('/store/')).toEqual({ state: 'shared', folder: '/store', isInside: true })
    expect(origin('/store/a/b')).toEqual({ state: 'shared', folder: '/store', isInside: true })
    // Its folder is `/`.
    expect(origin('/store')).toEqual({ state: 'shared', folder: '/store', isInside: false })
    expect(origin('/hello')).toEqual({ state: 'shared', folder: '/hello', isInside: false })
    expect(origin('/robots.txt')).toEqual({
      state: 'shared',
      folder: undefined,
      isInside: false,
    })
    expect(routes({ site: '/*' }).match('/')?.origin).toEqual({
      state: 'shared',
      folder: '',
      isInside: true,
    })
  })
})

describe('Routes that are mounted', () => {
  const mounted = new Routes('shared', '/agents')
  mounted.add(agent('shop'), '/shop/*')
  mounted.add(agent('stock'), '/shop/stock/*')
  mounted.add(agent('rest'), '/*')
  const match = (path: string) => mounted.match(path) ?? expect.fail('no match')

  it('have folders as browsers see them', () => {
    expect(match('/shop/x').origin).toMatchObject({ folder: '/agents/shop', isInside: true })
    expect(match('/x').origin).toMatchObject({ folder: '/agents', isInside: true })
    expect(match('/shop/x').path).toBe('/x')
  })

  it('let no service worker see requests to others', () => {
    const may = ['/shop/stock/x', '/shop/x', '/x'].map((path) =>
      mounted.mayHaveWorker(match(path).origin),
    )
    expect(may).toEqual([true, false, false])
  })
})

describe('Routes.mayHaveWorker()', () => {
  function mayHaveWorker(table: Routes, path: string): boolean | undefined {
    const match = table.match(path)
    return match && table.mayHaveWorker(match.origin)
  }

  it.each(['/hello/sw.js', '/hello/', '/hello/a/sw.js', '/store/cart/sw.js'])(
    'lets %s have one: its folder is of one agent',
    (path) => {
      expect(mayHaveWorker(shared, path)).toBe(true)
    },
  )

  it.each([
    ['/hello', 'which browsers count to the folder /'],
    ['/store/sw.js', 'with the folder of another agent inside'],
    ['/robots.txt', 'which has no folder'],
  ])('does not let %s have one, %s', (path) => {
    expect(mayHaveWorker(shared, path)).toBe(false)
  })

  it('lets no agent have one that has all that is left, nor one beside a file of another', () => {
    expect(mayHaveWorker(routes({ site: '/*' }), '/sw.js')).toBe(false)
    const withFile = routes({ site: '/a/*', file: '/a/b/c.txt', next: '/ab/*' })
    expect(mayHaveWorker(withFile, '/a/sw.js')).toBe(false)
    expect(mayHaveWorker(withFile, '/ab/sw.js')).toBe(true)
  })

  it('lets an agent have any at a host of its own', () => {
    const own = new Routes('own')
    own.add(agent('site'), '/*')
    expect(mayHaveWorker(own, '/sw.js')).toBe(true)
  })
})
