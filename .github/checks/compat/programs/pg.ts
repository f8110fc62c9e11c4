/** A client of a database that speaks over a socket. @module */
import pg from 'pg'

export default async function run(server: string): Promise<unknown> {
  const { hostname: host, port } = new URL(server)
  const client = new pg.Client({ host, port: Number(port), user: 'a', database: 'a' })
  // In Node it is connected, and the server answers something else.
  return client.connect().catch((error: Error) => error.message.includes('Node.js'))
}
