/** The official client: a session, lists, results that are checked against a schema, progress and errors. @module */
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

export default async function run(server: string): Promise<unknown> {
  const client = new Client({ name: 'test', version: '1.0.0' })
  const transport = new StreamableHTTPClientTransport(new URL(`${server}/mcp`))
  await client.connect(transport)
  const { tools } = await client.listTools()
  const progress: unknown[] = []
  const called = await client.callTool({ name: 'add', arguments: { a: 2, b: 3 } }, undefined, {
    onprogress: (each) => progress.push(each),
  })
  const wrong = await client
    .callTool({ name: 'add', arguments: { a: 'x', b: 'y' } })
    .catch(({ message }: Error) => message)
  const failed = await client.callTool({ name: 'fail' })
  const missing = await client.callTool({ name: 'none' }).catch(({ message }: Error) => message)
  const session = transport.sessionId
  await transport.terminateSession()
  await client.close()
  return [tools.map(({ name }) => name), called, progress, wrong, failed, missing, session]
}
