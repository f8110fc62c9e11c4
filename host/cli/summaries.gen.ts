/**
 * What `mayfly --help` says of each verb. Written by `node .github/checks/verbs.ts --write`.
 *
 * @module
 */

/** By the name of the verb. */
export const SUMMARIES: Readonly<Record<string, string>> = {
  new: 'Make a folder with a working agent.',
  dev: 'Serve agents and build them again when their files change.',
  build: 'Build agents into WebAssembly components.',
  call: 'Send one request to an agent, or call an export, without a server.',
  serve: 'Serve agents over HTTP.',
  audit: 'Check, print and prove what agents did.',
  bench: 'Put load on a URL, and print how fast it answers.',
  control: 'Look at a running host; deploy, kill, disable or narrow its agents.',
  doctor: 'Say whether this machine can build and run agents.',
  inspect: 'Show what a component imports, exports and needs.',
  mcp: 'Offer exported functions as MCP tools over stdin and stdout.',
  pack: 'Pack agents into files for Workers, Deno, Bun, browsers or Node.',
  policy: 'Explain what an agent may do, and check what a host would refuse of it.',
  queue: 'Look at the queues of a running host; deliver dead letters again, or drop them.',
  receipt: 'Check the signed receipt of a request.',
  run: 'Run a component that is a program, or print the receipt of a run.',
  secret: 'Set, list and remove the secrets of a host.',
  start: 'Build and serve every agent in a folder of agents.',
  tail: 'Follow requests, logs and denied calls of a running host.',
  token: 'Make, list and revoke tokens for some agents of a running host.',
  types: 'Write what agent.json grants as types, for TypeScript.',
}
