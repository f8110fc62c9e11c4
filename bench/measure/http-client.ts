/**
 * Loads a server from a process of its own and prints what autocannon measured as JSON.
 *
 * `node http-client.ts URL CONNECTIONS SECONDS`
 *
 * @module
 */
import autocannon from 'autocannon'

const [url = '', connections, seconds] = process.argv.slice(2)
const { requests, latency, errors, non2xx, duration } = await autocannon({
  url,
  connections: Number(connections),
  duration: Number(seconds),
})
const failures = errors + non2xx
process.stdout.write(
  JSON.stringify({ perSecond: requests.total / duration, seconds: duration, latency, failures }),
)
