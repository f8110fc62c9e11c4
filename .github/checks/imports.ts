/**
 * Checks that imports point one way: the table of ARCHITECTURE.md, executed.
 *
 * Inside a folder anything goes, but for `capabilities/`, where siblings do not know each other. Tests may
 * import what they like.
 *
 * @module
 */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

interface Rule {
  /** Path of a folder or file that imports; `*` stands for one name. The longest that fits is taken. */
  readonly folder: string
  /** Folders and files they may import, `*` as above. */
  readonly may: readonly string[]
  /** Whether they may import nothing else of their own folder. */
  readonly isAlone?: boolean
  /** Packages they may import; none by default. */
  readonly packages?: RegExp
}

// What grants are. Their list and each of them are pure data, which the rest of a capability is not.
const GRANTS = [
  'runtime/grants',
  'runtime/capabilities/grants.ts',
  'runtime/capabilities/*/grant.ts',
]

const ENGINE_MAY = [
  'errors',
  'digest',
  'binary',
  'abi',
  'link',
  'stamp',
  'meter',
  'manifest',
  'policy',
  'audit',
]

const CAPABILITY_MAY = ['errors', 'host-module', 'policy', 'manifest', 'abi']

const RULES: readonly Rule[] = [
  { folder: 'runtime', may: ['runtime'] },
  { folder: 'runtime/errors', may: [] },
  { folder: 'runtime/binary', may: ['runtime/errors'] },
  { folder: 'runtime/encoding', may: [] },
  { folder: 'runtime/digest', may: ['runtime/encoding'] },
  { folder: 'runtime/abi', may: ['runtime/errors', 'runtime/encoding'] },
  { folder: 'runtime/grants', may: ['runtime/errors'], packages: /^zod/ },
  {
    folder: 'runtime/capabilities/*/grant.ts',
    may: ['runtime/grants'],
    isAlone: true,
    packages: /^zod/,
  },
  { folder: 'runtime/capabilities/grants.ts', may: GRANTS, isAlone: true },
  { folder: 'runtime/meter', may: ['runtime/errors', 'runtime/capabilities/grants.ts'] },
  { folder: 'runtime/audit', may: ['runtime/errors', 'runtime/encoding'] },
  {
    folder: 'runtime/manifest',
    may: ['runtime/errors', 'runtime/digest', ...GRANTS],
    packages: /^(zod|jsonc-parser)/,
  },
  { folder: 'runtime/policy', may: ['runtime/errors', 'runtime/manifest', ...GRANTS] },
  { folder: 'runtime/link', may: ['runtime/errors', 'runtime/binary', 'runtime/abi'] },
  {
    folder: 'runtime/stamp',
    may: ['errors', 'encoding', 'digest', 'binary', 'link', 'meter'].map(inRuntime),
  },
  {
    folder: 'runtime/host-module',
    may: ['errors', 'encoding', 'meter', 'audit', 'policy', 'abi', 'capabilities/grants.ts'].map(
      inRuntime,
    ),
  },
  {
    folder: 'runtime/capabilities',
    may: CAPABILITY_MAY.map(inRuntime),
  },
  {
    // One client with two faces: the other is of WASI. It keeps bodies as blobs, and what it starts can be waited for.
    folder: 'runtime/capabilities/http',
    may: [...CAPABILITY_MAY, 'encoding', 'capabilities/blob', 'capabilities/poll', 'wasi'].map(
      inRuntime,
    ),
  },
  {
    folder: 'runtime/capabilities/tools',
    may: [...CAPABILITY_MAY, 'capabilities/blob', 'capabilities/poll'].map(inRuntime),
  },
  { folder: 'runtime/wasi', may: CAPABILITY_MAY.map(inRuntime) },
  { folder: 'runtime/agents', may: [...ENGINE_MAY, 'host-module'].map(inRuntime) },
  {
    folder: 'runtime/presets',
    may: ['agents', 'capabilities', 'host-module', 'wasi', 'audit'].map(inRuntime),
  },
  {
    folder: 'host/toolchain',
    may: [...['errors', 'digest', 'manifest', 'binary'].map(inRuntime), 'host/digest'],
    packages:
      /^(node:|@bytecodealliance\/|componentize-qjs|esbuild|assemblyscript|binaryen|quickjs-wasi|jsonc-parser)/,
  },
  { folder: 'host/digest', may: ['runtime/digest'], packages: /^node:crypto$/ },
  { folder: 'host/app', may: ['runtime'], packages: /^(hono|pino)/ },
  { folder: 'host/control', may: ['runtime', 'host/app'], packages: /^(hono|pino)/ },
  {
    folder: 'host/drivers',
    may: [
      ...[
        'errors',
        'encoding',
        'capabilities',
        'host-module',
        'policy',
        'wasi',
        'audit',
        'stamp',
      ].map(inRuntime),
      'host/digest',
    ],
    packages: /^(node:|undici|redis)/,
  },
  {
    folder: 'host/targets',
    may: ['host/digest', 'host/app', 'host/control', 'host/drivers', 'runtime'],
    packages: /^(node:|hono|@hono\/|pino)/,
  },
  {
    folder: 'host/cli',
    may: ['host/digest', 'host/toolchain', 'host/targets', 'host/drivers', 'host/app', 'runtime'],
    packages: /^node:/,
  },
]

const IMPORT =
  /^\s*(?:import|export)\s[^'"]*?from\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/gm

const problems: string[] = []
for (const file of globSync('{runtime,host}/**/*.ts').map(normalize)) {
  if (/\.test\.ts$|\/testing\/|\/templates\/|conformance\.ts$/.test(file)) continue
  const rule = ruleFor(file)
  if (rule === undefined) continue
  for (const match of readFileSync(file, 'utf8').matchAll(IMPORT)) {
    const specifier = match[1] ?? match[2] ?? match[3] ?? ''
    const problem = specifier.startsWith('.')
      ? checkFile(file, rule, normalize(join(dirname(file), specifier)))
      : checkPackage(rule, specifier)
    if (problem !== undefined) problems.push(`${file}: ${problem}`)
  }
}
for (const problem of problems) console.error(problem)
process.exitCode = problems.length === 0 ? 0 : 1

function ruleFor(file: string): Rule | undefined {
  return RULES.filter((rule) => isIn(rule.folder, file)).sort(
    (a, b) => b.folder.length - a.folder.length,
  )[0]
}

function checkFile(file: string, rule: Rule, target: string): string | undefined {
  if (rule.may.some((each) => isIn(each, target))) return undefined
  if (part(file, 2) === part(target, 2) && rule.isAlone !== true) {
    const isSibling =
      rule.folder.startsWith('runtime/capabilities') && part(file, 3) !== part(target, 3)
    return isSibling ? `imports its sibling ${target}; lift what both need` : undefined
  }
  return `imports ${target}; ${rule.folder} may import ${rule.may.join(', ') || 'nothing'}`
}

/** Whether `path` is what `folder` names, or lies in it. */
function isIn(folder: string, path: string): boolean {
  const names = folder.split('/')
  const own = path.split('/')
  return names.every((name, index) =>
    name === '*' ? own[index] !== undefined : name === own[index],
  )
}

function checkPackage(rule: Rule, specifier: string): string | undefined {
  return rule.packages?.test(specifier) === true
    ? undefined
    : `imports package ${specifier}; ${rule.folder} may not`
}

function part(path: string, segments: number): string {
  return path.split('/').slice(0, segments).join('/')
}

function inRuntime(folder: string): string {
  return `runtime/${folder}`
}
