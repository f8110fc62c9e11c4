/** Requests that ask an agent for a little of all that agents do with one. @module */

const ADDRESS = 'http://localhost/orders?page=1'
const ORDER = JSON.stringify({
  customer: 'Ada',
  items: [
    { name: 'ink', price: 3, count: 4 },
    { price: 10, count: 3 },
  ],
})

/** Returns the request number `index`: three of four post JSON. */
export function warmUpRequest(index: number): Request {
  const headers = { accept: 'application/json' }
  if (index % 4 === 0) return new Request(ADDRESS, { headers })
  return new Request(ADDRESS, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: ORDER,
  })
}
