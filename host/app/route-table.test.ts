import { describe, expect, it } from 'vitest'
import { RouteTable } from './route-table.ts'
import type { ServedAgent } from './served-agent.ts'

function agent(name: string, route?: string, hosts?: readonly string[]): ServedAgent {
  return {
    name,
    ...(route === undefined ? {} : { route }),
    ...(hosts === undefined ? {} : { hosts }),
    requestBodyBytes: 10,
    fetch: async () => new Response(),
  }
}

describe('new RouteTable()', () => {
  it('refuses a name or a route that is taken', () => {
    expect(() => new RouteTable([agent('a', '/a'), agent('a', '/b')])).toThrow('name "a" is taken')
    expect(() => new RouteTable([agent('a', '/x/*'), agent('b', '/x/*')])).toThrow(
      'Cannot serve agent "b": route "/x/*" is taken',
    )
  })

  it('refuses a host that is taken, by its name', () => {
    const first = agent('a', undefined, ['a.example', 'api.example'])
    expect(() => new RouteTable([first, agent('b', '/b/*', ['b.example', 'api.example'])])).toThrow(
      expect.objectContaining({
        message: 'Cannot serve agent "b": host "api.example" is taken',
        hint: 'Change "hosts" in the agent.json of "b" or "a"',
      }),
    )
    const same = agent('b', '/a/*', ['b.example', 'b.example'])
    expect(new RouteTable([first, same]).agents).toHaveLength(2)
  })
})

describe('RouteTable.at()', () => {
  const table = new RouteTable([
    agent('shop', '/shop/*'),
    agent('api', undefined, ['api.example', 'xn--bcher-kva.example']),
    agent('both', '/both/*', ['both.example']),
    agent('page', '/page.html', ['page.example']),
  ])
  const found = (host: string, path: string): unknown[] => {
    const match = table.at(host).match(path)
    return [match?.agent.name, match?.path, match?.origin.state]
  }

  it.each([
    ['api.example', '/', 'api', '/'],
    ['api.example:8787', '/api/x', 'api', '/api/x'],
    ['API.Example.:80', '/shop/x', 'api', '/shop/x'],
    ['xn--bcher-kva.example', '/', 'api', '/'],
    ['both.example', '/both', 'both', '/both'],
    ['both.example', '/both/x', 'both', '/both/x'],
    ['page.example', '/page.html', 'page', '/page.html'],
  ])('sends %s%s to its agent alone, with the whole path', (host, path, name, seen) => {
    expect(found(host, path)).toEqual([name, seen, 'own'])
  })

  it.each([
    ['both.example', '/shop/x'],
    ['both.example', '/'],
    ['page.example', '/both/x'],
    ['page.example', '/page.html/x'],
  ])('finds no agent for %s%s', (host, path) => {
    expect(found(host, path)).toEqual([undefined, undefined, undefined])
  })

  it.each(['localhost:1', 'example', 'more.api.example', 'api.example.evil.test', '[::1]:80', ''])(
    'has at %s what agents share, and no agent without a route',
    (host) => {
      expect(table.at(host).isShared).toBe(true)
      expect(found(host, '/both/x')).toEqual(['both', '/x', 'shared'])
      expect(found(host, '/page.html')).toEqual(['page', '/page.html', 'shared'])
      expect(found(host, '/api/x')).toEqual([undefined, undefined, undefined])
      expect(found(host, '/')).toEqual([undefined, undefined, undefined])
    },
  )
})
