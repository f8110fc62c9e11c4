/** ky, which tries again, and axios. @module */
import axios from 'axios'
import ky from 'ky'

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
  return [await again.text(), posted, missing, data, failed]
}
