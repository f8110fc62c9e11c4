/**
 * Checks the doors of the package, which its exports map lists: `doors.txt` names all their exports, each exported symbol
 * has a docstring where it is declared, and each type that an exported symbol names is exported too.
 *
 * `--write` renews `doors.txt`. A change of it is a change of the API, for a reader of the commit to see.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { API } from 'typescript/unstable/sync'
import { exportsOf, type DoorExport } from './doors/exports.ts'
import { doorsOf } from './doors/exports-map.ts'
import { namedTypes } from './doors/named-types.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const FILE = new URL('./doors.txt', import.meta.url)
const PROJECTS = ['runtime', 'host', 'components'].map((path) => `${ROOT}${path}/tsconfig.json`)

const api = new API({ cwd: ROOT })
const snapshot = api.updateSnapshot({ openProjects: PROJECTS })
const projects = snapshot.getProjects()
const doors = doorsOf(ROOT).map(({ name, file }) => ({
  name,
  exports: exportsOf(projects, ROOT + file),
}))
const problems = [...undocumented(), ...inTwoDoors(), ...notExported()]
const text = doors.map(({ name, exports }) => [name, ...lines(exports), ''].join('\n')).join('\n')
if (process.argv.includes('--write')) writeFileSync(FILE, text)
else if (readFileSync(FILE, 'utf8') !== text) {
  problems.push(
    '.github/checks/doors.txt is not what the doors export: run this check with --write',
  )
}
api.close()
for (const problem of problems) console.error(problem)
process.exitCode = problems.length === 0 ? 0 : 1

function lines(exports: readonly DoorExport[]): string[] {
  return exports.map(({ name, kind }) => `  ${kind} ${name}`).sort()
}

function undocumented(): string[] {
  return doors.flatMap(({ name: door, exports }) =>
    exports
      .filter(({ hasDocstring }) => !hasDocstring)
      .map(({ name, file }) => `${file}: ${name} of ${door} has no docstring`),
  )
}

/** One symbol has one home. */
function inTwoDoors(): string[] {
  const homes = new Map<string, string>()
  return doors.flatMap(({ name: door, exports }) =>
    exports.flatMap(({ name, declaration }) => {
      const home = homes.get(declaration)
      homes.set(declaration, door)
      return home === undefined ? [] : [`${name} is behind two doors: ${home} and ${door}`]
    }),
  )
}

function notExported(): string[] {
  const exported = new Set(doors.flatMap(({ exports }) => exports.map((each) => each.declaration)))
  const missing = doors.flatMap(({ name: door, exports }) =>
    exports.flatMap((each) =>
      namedTypes(each, ROOT)
        .filter(({ declaration }) => !exported.has(declaration))
        .map((type) => `${type.file}: ${type.name}, named by ${each.name} of ${door}, has no door`),
    ),
  )
  return [...new Set(missing)]
}
