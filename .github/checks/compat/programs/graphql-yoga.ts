/** A server of GraphQL in the agent: queries, mutations, errors that hide their text, and a subscription. @module */
import { createSchema, createYoga } from 'graphql-yoga'

const notes: string[] = []
const yoga = createYoga({
  logging: false,
  schema: createSchema({
    typeDefs: `
      type Query { hello(name: String!): String, fail: Int, notes: [String!]! }
      type Mutation { note(text: String!): Int! }
      type Subscription { count(to: Int!): Int! }`,
    resolvers: {
      Query: {
        hello: (_: unknown, { name }: { name: string }) => `Hello, ${name}`,
        fail: () => {
          throw new Error('with a secret')
        },
        notes: () => notes,
      },
      Mutation: { note: (_: unknown, { text }: { text: string }) => notes.push(text) },
      Subscription: {
        count: {
          async *subscribe(_: unknown, { to }: { to: number }) {
            for (let count = 1; count <= to; count++) {
              await new Promise((resolve) => setTimeout(resolve, 1))
              yield { count }
            }
          },
        },
      },
    },
  }),
})

export default async function run(): Promise<unknown> {
  notes.length = 0
  const ask = async (query: string, accept = 'application/json'): Promise<unknown> => {
    const response = await yoga.fetch('http://agent/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept },
      body: JSON.stringify({ query }),
    })
    return [response.status, response.headers.get('content-type'), await response.text()]
  }
  const got = await yoga.fetch('http://agent/graphql?query={__typename}')
  return [
    await ask('{ hello(name: "Ada") }'),
    await ask('{ nothing }'),
    await ask('{ fail }'),
    await ask('mutation { note(text: "one") }'),
    await ask('{ notes }'),
    await ask('subscription { count(to: 3) }', 'text/event-stream'),
    await got.json(),
  ]
}
