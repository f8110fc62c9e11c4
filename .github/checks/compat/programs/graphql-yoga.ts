/** A schema that is asked. @module */
import { createSchema, createYoga } from 'graphql-yoga'

export default async function run(): Promise<unknown> {
  const yoga = createYoga({
    logging: false,
    schema: createSchema({
      typeDefs: 'type Query { hello(name: String!): String, fail: Int }',
      resolvers: { Query: { hello: (_: unknown, { name }: { name: string }) => `Hello, ${name}` } },
    }),
  })
  const ask = async (query: string): Promise<unknown> => {
    const response = await yoga.fetch('http://agent/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    })
    return [response.status, await response.json()]
  }
  return [await ask('{ hello(name: "Ada") }'), await ask('{ nothing }')]
}
