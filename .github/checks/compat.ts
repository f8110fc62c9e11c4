/**
 * Programs that use packages of others, unchanged, inside an agent: the answer must be the same as in Node. Writes the
 * table of COMPATIBILITY.md with `--write`, and otherwise checks it. Names of programs run these alone.
 *
 * The packages are an install of their own, in compat/.
 *
 * @module
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { format } from 'prettier'
import { guardedFetch } from '../../host/doors/drivers/guarded-fetch.ts'
import { buildAgent } from '../../host/toolchain/index.ts'
import type { SecretDriver } from '../../host/doors/capability.ts'
import { Runtime } from '../../runtime/index.ts'
import { startServer } from './compat/server.ts'
import type { Keys } from './compat/keys.ts'

const FOLDER = fileURLToPath(new URL('compat', import.meta.url))
const TABLE = fileURLToPath(new URL('../COMPATIBILITY.md', import.meta.url))
const AT_ONCE = 3
const MEMORY_BYTES = 128 * 1024 * 1024
// Programs wait for servers, and machines of CI are busy.
const DEADLINE_MS = 60_000
/** What signs a webhook: the host gives it as a key, and Node imports it. */
const SECRET = 'whsec_x'

/** Programs that do not answer as in Node, and why. */
const FAILING: Readonly<Record<string, string>> = {
  fastify: 'it makes a server of `node:http`: answer with `fetch`, or with Hono',
  pg: 'an agent has no sockets: use a driver over HTTP',
  sharp: 'native code does not run in WebAssembly',
}

/** Kinds of packages that cannot run. Each was tried. */
const LIMITS: readonly (readonly [kind: string, such: string, instead: string])[] = [
  ['servers on a port', 'fastify, express, koa', 'the `fetch` of an agent, or Hono'],
  [
    'clients over sockets of Node',
    'got, node-fetch 3, nodemailer, pg, mongodb, ioredis',
    '`fetch`, ky, axios; a service over HTTP. `build.alias` of agent.json puts another module in place of a package',
  ],
  ['native code', 'sharp', 'a service over HTTP, or a component in C that the agent calls'],
  ['child processes', '`node:child_process`, `node:cluster`', 'another agent, by `env.tools`'],
  [
    'packages that compile WebAssembly',
    'sql.js, tiktoken',
    'packages in JavaScript, such as gpt-tokenizer; a component of its own that the agent calls',
  ],
  ['contexts of `node:vm`', 'jsdom', 'linkedom, cheerio'],
  ['`XMLHttpRequest` of a page', 'superagent', '`fetch`, ky, axios'],
  [
    'packages that read the version of Node while they load',
    'pug, by is-core-module',
    'templates that are compiled before, or liquidjs, handlebars, nunjucks',
  ],
]

interface Verdict {
  readonly name: string
  readonly packages: readonly string[]
  /** What went otherwise; nothing when the answers are the same. */
  readonly problem?: string
}

const server = await startServer()
const secrets: SecretDriver = { name: 'compat', get: () => ({ value: SECRET }), hint: () => '' }
const runtime = new Runtime({ drivers: { http: guardedFetch(), secrets } })
try {
  const [flags, wanted] = [true, false].map((isFlag) =>
    process.argv.slice(2).filter((each) => each.startsWith('--') === isFlag),
  )
  const all = readdirSync(join(FOLDER, 'programs')).map((file) => basename(file, '.ts'))
  const names = wanted?.length ? wanted : all.toSorted()
  const verdicts = await tryAll(names)
  for (const { name, problem } of verdicts) {
    const isKnown = FAILING[name] !== undefined
    if ((problem !== undefined) === isKnown) continue
    process.exitCode = 1
    console.error(
      isKnown
        ? `${name} answers as in Node: take it out of FAILING`
        : `${name}: ${String(problem)}`,
    )
  }
  if (names.length === all.length && process.exitCode === undefined) {
    await checkTable(verdicts, flags?.includes('--write') === true)
  }
  const right = verdicts.filter(({ problem }) => problem === undefined)
  console.log(`${right.length} of ${names.length} programs answer as in Node`)
} finally {
  await runtime.close()
  server.server.close()
  rmSync(join(FOLDER, '.mayfly', 'agents'), { recursive: true, force: true })
}

async function tryAll(names: readonly string[]): Promise<Verdict[]> {
  const verdicts: Verdict[] = []
  const waiting = [...names]
  const work = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const packages = packagesOf(readFileSync(join(FOLDER, 'programs', `${name}.ts`), 'utf8'))
      const problem = await problemOf(name)
      verdicts.push({ name, packages, ...(problem === undefined ? {} : { problem }) })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return verdicts.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

async function problemOf(name: string): Promise<string | undefined> {
  const program = (await import(`./compat/programs/${name}.ts`)) as {
    default(server: string, env: Keys): unknown
  }
  const expected = JSON.stringify(await program.default(server.url, { secrets: { key } }))
  try {
    const answered = await answerOf(name)
    return answered === expected ? undefined : `expected ${expected}, got ${answered}`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** What the host does for an agent. */
async function key(): Promise<CryptoKey> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const bytes = new TextEncoder().encode(SECRET)
  return crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign', 'verify'])
}

/** What the program answers inside an agent. */
async function answerOf(name: string): Promise<string> {
  const directory = join(FOLDER, '.mayfly', 'agents', name)
  mkdirSync(directory, { recursive: true })
  const source = `import run from '../../../programs/${name}.ts'
export default {
  async fetch(_, env) {
    try {
      return new Response(JSON.stringify(await run(${JSON.stringify(server.url)}, env)))
    } catch (error) {
      return new Response(String(error) + '\\n' + error.stack, { status: 500 })
    }
  },
}\n`
  const http = [
    {
      host: '127.0.0.1',
      scheme: 'http',
      port: server.port,
      methods: ['GET', 'POST', 'DELETE'],
      network: 'loopback',
    },
  ]
  const capabilities = { http, secrets: { WEBHOOK: { use: ['hmac-sha256'] } } }
  const limits = { memoryBytes: MEMORY_BYTES, deadlineMs: DEADLINE_MS }
  const manifest = { name, source: 'agent.ts', capabilities, limits }
  writeFileSync(join(directory, 'agent.ts'), source)
  writeFileSync(join(directory, 'agent.json'), JSON.stringify(manifest))
  const cacheDirectory = join(FOLDER, '.mayfly', 'cache')
  const agent = await runtime.load(await buildAgent({ directory, root: FOLDER, cacheDirectory }))
  const response = await agent.fetch(new Request('http://agent/'))
  const text = await response.text()
  if (response.status === 500) throw new Error(text)
  return text
}

function packagesOf(source: string): string[] {
  const names = [...source.matchAll(/from '((?:@[^/']+\/)?[^/']+)/g)].map(([, name = '']) => name)
  return [...new Set(names)].toSorted()
}

async function checkTable(verdicts: readonly Verdict[], writes: boolean): Promise<void> {
  const { dependencies } = JSON.parse(readFileSync(join(FOLDER, 'package.json'), 'utf8')) as {
    dependencies: Readonly<Record<string, string>>
  }
  const rows = verdicts.map(({ name, packages }) => {
    const shown = packages.map((each) => `${each} ${dependencies[each] ?? ''}`.trim()).join(', ')
    return `| [${name}](checks/compat/programs/${name}.ts) | ${shown} | ${FAILING[name] ?? 'as in Node'} |`
  })
  const text = await format(
    `# Packages that agents use

Programs that use these packages unchanged, inside an agent on the engine \`quickjs\` and in Node, with the same answers.
\`npm run compat\` runs them; \`npm run compat -- --write\` writes this table.

| program | packages | in an agent |
| --- | --- | --- |
${rows.join('\n')}

## What cannot run in an agent

| kind | such as | instead |
| --- | --- | --- |
${LIMITS.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}

Where a package has a way for browsers, an agent takes that one. So its errors may have other codes than in Node: a
server that cannot be reached is \`ERR_NETWORK\` to axios, not \`ECONNREFUSED\`.
`,
    { parser: 'markdown' },
  )
  if (writes) return writeFileSync(TABLE, text)
  if (readFileSync(TABLE, 'utf8') === text) return
  process.exitCode = 1
  console.error('COMPATIBILITY.md is out of date\n  Run npm run compat -- --write')
}
