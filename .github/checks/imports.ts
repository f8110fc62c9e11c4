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
  /** Path prefix of the importing files. The longest that fits is taken. */
  readonly folder: string
  /** Path prefixes they may import. */
  readonly may: readonly string[]
  /** Packages they may import; none by default. */
  readonly packages?: RegExp
}

const ENGINE_MAY = [
  'errors',
  'binary',
  'abi',
  'link',
  'stamp',
  'meter',
  'manifest',
  'policy',
  'audit',
]

const RULES: readonly Rule[] = [
  { folder: 'runtime', may: ['runtime'] },
  { folder: 'runtime/errors', may: [] },
  { folder: 'runtime/binary', may: ['runtime/errors'] },
  { folder: 'runtime/abi', may: ['runtime/errors'] },
  { folder: 'runtime/meter', may: ['runtime/errors'] },
  { folder: 'runtime/audit', may: ['runtime/errors'] },
  { folder: 'runtime/manifest', may: ['runtime/errors'], packages: /^(zod|jsonc-parser)/ },
  { folder: 'runtime/policy', may: ['runtime/errors', 'runtime/manifest'] },
  { folder: 'runtime/link', may: ['runtime/errors', 'runtime/binary', 'runtime/abi'] },
  { folder: 'runtime/stamp', may: ['errors', 'binary', 'link', 'meter'].map(inRuntime) },
  {
    folder: 'runtime/capability',
    may: ['errors', 'meter', 'audit', 'policy', 'abi'].map(inRuntime),
  },
  {
    folder: 'runtime/capabilities',
    may: ['errors', 'capability', 'policy', 'manifest', 'abi'].map(inRuntime),
  },
  {
    folder: 'runtime/wasi',
    may: ['errors', 'capability', 'policy', 'manifest', 'abi'].map(inRuntime),
  },
  { folder: 'runtime/engine', may: [...ENGINE_MAY, 'capability'].map(inRuntime) },
  {
    folder: 'runtime/presets',
    may: ['engine', 'capabilities', 'capability', 'wasi', 'audit'].map(inRuntime),
  },
  {
    folder: 'host/build',
    may: ['runtime/errors', 'runtime/manifest', 'runtime/binary'],
    packages:
      /^(node:|@bytecodealliance\/|componentize-qjs|esbuild|assemblyscript|binaryen|quickjs-wasi|jsonc-parser)/,
  },
  { folder: 'host/app', may: ['runtime'], packages: /^(hono|pino)/ },
  { folder: 'host/control', may: ['runtime', 'host/app'], packages: /^(hono|pino)/ },
  {
    folder: 'host/drivers',
    may: ['errors', 'capabilities', 'capability', 'wasi', 'audit', 'stamp'].map(inRuntime),
    packages: /^(node:|undici|redis)/,
  },
  {
    folder: 'host/targets',
    may: ['host/app', 'host/control', 'host/drivers', 'runtime'],
    packages: /^(node:|hono|@hono\/|pino)/,
  },
  {
    folder: 'host/cli',
    may: ['host/build', 'host/targets', 'host/drivers', 'host/app', 'runtime'],
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
  return RULES.filter((rule) => file.startsWith(`${rule.folder}/`)).sort(
    (a, b) => b.folder.length - a.folder.length,
  )[0]
}

function checkFile(file: string, rule: Rule, target: string): string | undefined {
  if (part(file, 2) === part(target, 2)) {
    const isSibling = rule.folder === 'runtime/capabilities' && part(file, 3) !== part(target, 3)
    return isSibling ? `imports its sibling ${target}; lift what both need` : undefined
  }
  if (rule.may.some((prefix) => target.startsWith(`${prefix}/`))) return undefined
  return `imports ${target}; ${rule.folder} may import ${rule.may.join(', ') || 'nothing'}`
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
