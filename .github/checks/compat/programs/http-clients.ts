/** ky, which tries again where that may help, and axios. @module */
import axios from 'axios'
import ky, { HTTPError, NetworkError, TimeoutError } from 'ky'

export default async function run(server: string): Promise<unknown> {
  const again = await ky(`${server}/flaky?id=${Math.random()}`, {
    retry: { limit: 2, delay: () => 1 },
  })
  const posted = await ky.post(`${server}/echo`, { json: { a: 1 } }).json()
  const missing = await ky(`${server}/missing`, { retry: 0 }).catch(({ name }: Error) => name)
  const { data } = await axios.post(`${server}/echo`, { b: 2 }, { params: { q: 'ä' } })
  const failed = await axios
    .get(`${server}/missing`)
    .catch((error: { code: string; response: { status: number } }) => [
      error.code,
      error.response.status,
    ])
  return [await again.text(), posted, missing, data, failed, await retries(server)]
}

/** How often it tries again, and how it ends. A server that says when to come again is asked then. */
async function retries(server: string): Promise<unknown> {
  const results: unknown[] = []
  for (const path of ['/limited', '/cut', '/slow', '/missing']) {
    const again: string[] = []
    const start = performance.now()
    const end = await ky(`${server}${path}?busy=${Math.random()}`, {
      timeout: path === '/slow' ? 50 : 5000,
      retry: { limit: 1, delay: () => 1 },
      hooks: { beforeRetry: [({ error }) => void again.push(error.name)] },
    })
      .json()
      .catch((error: unknown) =>
        [HTTPError, NetworkError, TimeoutError].findIndex((each) => error instanceof each),
      )
    const isLate = performance.now() - start >= 900
    results.push([path, again, end, path === '/limited' && isLate])
  }
  return results
}
