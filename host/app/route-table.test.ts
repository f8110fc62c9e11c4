import { describe, expect, it } from 'vitest'
import { RouteTable, type ServedAgent } from './route-table.ts'

function agent(name: string, route = `/${name}/*`): ServedAgent {
  return { name, route, requestBodyBytes: 10, fetch: async () => new Response() }
}

const table = new RouteTable([
  agent('hello'),
  agent('shop', '/store/*'),
  agent('cart', '/store/cart/*'),
  agent('robots', '/robots.txt'),
])

describe('RouteTable.match()', () => {
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
    const match = table.match(path)
    expect([match?.agent.name, match?.path]).toEqual([name, seen])
  })

  it.each(['/', '/hell', '/hello2', '/robots.txt/x', '//hello', '/%68ello'])(
    'finds no agent for %s',
    (path) => {
      expect(table.match(path)).toBeUndefined()
    },
  )

  it('lets an agent take all that is left', () => {
    const all = new RouteTable([agent('site', '/*'), agent('hello')])
    expect(all.match('/')?.agent.name).toBe('site')
    expect(all.match('/x/y')?.agent.name).toBe('site')
    expect(all.match('/hello')?.agent.name).toBe('hello')
  })
})

describe('new RouteTable()', () => {
  it('refuses a name or a route that is taken', () => {
    expect(() => new RouteTable([agent('a'), agent('a', '/b')])).toThrow('name "a" is taken')
    expect(() => new RouteTable([agent('a', '/x/*'), agent('b', '/x/*')])).toThrow(
      'Cannot serve agent "b": route "/x/*" is taken',
    )
  })
})
