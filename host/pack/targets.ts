/**
 * The platforms that agents are packed for: how each reads the files of a pack, and what it is started with.
 *
 * @module
 */

/** Where packed agents run. */
export const PACK_TARGETS = ['node', 'deno', 'bun', 'workerd', 'browser'] as const
/** One of `PACK_TARGETS`. */
export type PackTarget = (typeof PACK_TARGETS)[number]

/** The names of the files of a pack, without folder and ending. */
export interface PackNames {
  readonly agents: readonly string[]
  /** SHA-256 of the bytes of each. */
  readonly modules: readonly string[]
  /** Variables of the environment that manifests name. */
  readonly variables: readonly string[]
}

/** The date by which Workers are compatible: the newest one that was tried. */
const COMPATIBILITY_DATE = '2026-11-01'

/** The text of `index.js`, whose default export is a `Pack`. */
export function indexOf(target: PackTarget, names: PackNames): string {
  switch (target) {
    case 'node':
    case 'deno':
    case 'bun':
      return reading(names, FROM_DISK)
    case 'browser':
      return reading(names, FROM_WEB)
    case 'workerd':
      return withImports(names)
  }
}

/** The line by which a program imports the pack. */
export const IMPORT_OF_INDEX: string = importing('pack', './index.js')

/** The file of that program. */
export function programFileOf(target: PackTarget): string {
  if (target === 'workerd') return 'worker.js'
  return target === 'browser' ? 'agents.js' : 'server.js'
}

/** The text of the program that serves the pack, before it is bundled. In a browser it is a module for a page or a worker. */
export function programOf(target: PackTarget): string {
  switch (target) {
    case 'node':
      return NODE_PROGRAM
    case 'deno':
      return DENO_PROGRAM
    case 'bun':
      return BUN_PROGRAM
    case 'workerd':
      return WORKER_PROGRAM
    case 'browser':
      return PAGE_PROGRAM
  }
}

/** What the platform is started with: texts by file name. */
export function settingsOf(target: PackTarget, names: PackNames): Readonly<Record<string, string>> {
  switch (target) {
    case 'node':
      return {
        'package.json': json({
          private: true,
          type: 'module',
          scripts: { start: 'node server.js' },
        }),
      }
    case 'bun':
      return {
        'package.json': json({
          private: true,
          type: 'module',
          scripts: { start: 'bun server.js' },
        }),
      }
    case 'deno':
      return {
        'deno.json': json({
          tasks: { start: 'deno run --allow-net --allow-read=. --allow-env server.js' },
        }),
      }
    case 'workerd':
      return { 'config.capnp': capnp(names), 'wrangler.jsonc': json(WRANGLER) }
    case 'browser':
      return {}
  }
}

/** The text of `index.d.ts`. */
export function typesOf({ agents }: PackNames): string {
  const union = agents.map((name) => `'${name}'`).join(' | ')
  return `import type { Pack } from 'mayfly/packed'

declare const pack: Pack<${union || 'never'}>
export default pack
`
}

const FROM_DISK = `import { readFile } from 'node:fs/promises'

const at = (path) => new URL(path, import.meta.url)
const module = async (name) => WebAssembly.compile(await readFile(at(\`./modules/\${name}.wasm\`)))
const agent = async (name) => ({
  agent: JSON.parse(await readFile(at(\`./agents/\${name}.json\`), 'utf8')),
  pages: await readFile(at(\`./agents/\${name}.pages.gz\`)),
})
`

const FROM_WEB = `const got = async (path) => {
  const response = await fetch(new URL(path, import.meta.url))
  if (!response.ok) throw new Error(\`Cannot read \${path}: \${response.status}\`)
  return response
}
const module = async (name) =>
  WebAssembly.compile(await (await got(\`./modules/\${name}.wasm\`)).arrayBuffer())
const agent = async (name) => ({
  agent: await (await got(\`./agents/\${name}.json\`)).json(),
  pages: await (await got(\`./agents/\${name}.pages.gz\`)).arrayBuffer(),
})
`

function reading({ agents, modules }: PackNames, functions: string): string {
  return `// Written by mayfly pack.
${functions}
const all = async (names, read) =>
  Object.fromEntries(await Promise.all(names.map(async (name) => [name, await read(name)])))

export default {
  agents: await all(${JSON.stringify(agents)}, agent),
  modules: await all(${JSON.stringify(modules)}, module),
}
`
}

function withImports({ agents, modules }: PackNames): string {
  const imports = [
    ...modules.map((name, at) => importing(`module${at}`, `./modules/${name}.wasm`)),
    ...agents.flatMap((name, at) => [
      importing(`agent${at}`, `./agents/${name}.json`),
      importing(`pages${at}`, `./agents/${name}.pages.gz`),
    ]),
  ]
  return `// Written by mayfly pack.
${imports.join('\n')}

export default {
  agents: {
${agents.map((name, at) => `    '${name}': { agent: agent${at}, pages: pages${at} },`).join('\n')}
  },
  modules: {
${modules.map((name, at) => `    '${name}': module${at},`).join('\n')}
  },
}
`
}

/** Serves on the port and at the address of the environment. */
const LOADED = [
  importing('{ Hono }', 'hono'),
  importing('{ guardedFetch }', 'mayfly/drivers/guarded-fetch'),
  importing('{ environmentSecrets }', 'mayfly/drivers/secrets'),
  importing('{ controlPlane, dataPlane }', 'mayfly/hono'),
  importing('{ loadPacked }', 'mayfly/packed'),
  importing('pack', './index.js'),
  `
const { runtime } = await loadPacked(pack, {
  drivers: { http: guardedFetch(), secrets: environmentSecrets() },
  environment: (name) => process.env[name],
})
const port = Number(process.env.PORT ?? 8787)
const hostname = process.env.HOST ?? '127.0.0.1'
const app = new Hono()
const token = process.env.MAYFLY_TOKEN
if (token) app.route('/', controlPlane(runtime, { access: { state: 'token', token } }))
const { fetch } = app.route('/', dataPlane(runtime))
const say = (address) => console.log(\`http://\${hostname}:\${address.port}\`)
`,
].join('\n')

const NODE_PROGRAM = `${importing('{ serve }', '@hono/node-server')}
${LOADED}
serve({ fetch, port, hostname }, say)
`

const DENO_PROGRAM = `${importing('process', 'node:process')}
${LOADED}
Deno.serve({ port, hostname, onListen: say }, (request) => fetch(request))
`

const BUN_PROGRAM = `${LOADED}
say(Bun.serve({ port, hostname, fetch: (request) => fetch(request) }))
`

const PAGE_PROGRAM = [
  importing('{ webFetch }', 'mayfly/drivers/web-fetch'),
  importing('{ dataPlane }', 'mayfly/hono'),
  importing('{ loadPacked }', 'mayfly/packed'),
  importing('pack', './index.js'),
  `
export const { runtime, agents } = await loadPacked(pack, { drivers: { http: webFetch() } })
export const { fetch } = dataPlane(runtime)
`,
].join('\n')

const WORKER_PROGRAM = [
  importing('{ packedWorker }', 'mayfly/workerd'),
  IMPORT_OF_INDEX,
  'export default packedWorker(pack)',
  '',
].join('\n')

const WRANGLER = {
  name: 'agents',
  main: 'worker.js',
  compatibility_date: COMPATIBILITY_DATE,
  no_bundle: true,
  find_additional_modules: true,
  rules: [
    { type: 'CompiledWasm', globs: ['modules/*.wasm'] },
    { type: 'Data', globs: ['agents/*.gz'] },
    { type: 'Text', globs: ['agents/*.json'] },
  ],
}

function capnp({ agents, modules, variables }: PackNames): string {
  const bindings = ['MAYFLY_TOKEN', ...variables].map(
    (name) => `(name = "${name}", fromEnvironment = "${name}")`,
  )
  const embedded = [
    '(name = "worker.js", esModule = embed "worker.js")',
    ...modules.map((name) => {
      const file = `modules/${name}.wasm`
      return `(name = "${file}", wasm = embed "${file}")`
    }),
    ...agents.flatMap((name) => [
      `(name = "agents/${name}.json", json = embed "agents/${name}.json")`,
      `(name = "agents/${name}.pages.gz", data = embed "agents/${name}.pages.gz")`,
    ]),
  ]
  return `# Written by mayfly pack. Start it with: workerd serve config.capnp
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "agents", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:8787", http = (), service = "agents")],
);

const worker :Workerd.Worker = (
  modules = [
    ${embedded.join(',\n    ')},
  ],
  bindings = [
    ${bindings.join(',\n    ')},
  ],
  compatibilityDate = "${COMPATIBILITY_DATE}",
);
`
}

/** The line of an import in a text, which is none of this file. */
function importing(what: string, from: string): string {
  return `import ${what} from '${from}'`
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}
