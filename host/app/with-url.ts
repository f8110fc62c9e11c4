/**
 * A request under another URL.
 *
 * A view, not a copy: `new Request(url, request)` makes the platform's full request of the lazy one that
 * the server adapter hands out, and took two fifths of the throughput of the data plane (Node 26.10,
 * @hono/node-server 2.1.8, an agent object that answers at once). The engine reads method, URL, headers
 * and body, and never asks for the object itself.
 *
 * @module
 */

export function withUrl(request: Request, url: string): Request {
  return new Proxy(request, {
    get(target, property) {
      if (property === 'url') return url
      // The getters and methods of a request accept nothing but the request itself as `this`.
      const value: unknown = Reflect.get(target, property, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
