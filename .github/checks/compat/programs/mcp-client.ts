/** The official client: initialises, lists tools and calls one. @module */
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

export default async function run(server: string): Promise<unknown> {
  const client = new Client({ name: 'test', version: '1.0.0' })
  await client.connect(new StreamableHTTPClientTransport(new URL(`${server}/mcp`)))
  const { tools } = await client.listTools()
  const called = await client.callTool({ name: 'add', arguments: { a: 2, b: 3 } })
  return [tools.map(({ name }) => name), called.content]
}
