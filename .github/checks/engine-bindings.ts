/**
 * Checks that the bindings of JavaScript match the WIT of the world; writes the generated ones with `--write`.
 *
 * By hand are only functions of the adapter for values that the generator has no conversion for, in
 * `components/quickjs/*.as.ts`, and natives in `components/quickjs/natives.ts` that no interface has or that differ from their interface.
 *
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  ENGINE_DIRECTORY,
  GUEST_DIRECTORY,
  PACKAGE_DIRECTORY,
} from '../../host/toolchain/package-files.ts'
import { CALLS_FILE, loweredImports, nativeHomes, selection } from './bindings/adapter.ts'
import { hostCalls } from './bindings/calls.ts'
import {
  directNatives,
  failingInterfaces,
  interfaceTypes,
  nativeLists,
  nativesOf,
} from './bindings/javascript.ts'
import { interfaces } from './bindings/world.ts'

const BY = '.github/checks/engine-bindings.ts --write'

const problems: string[] = []
const own = readFileSync(join(ENGINE_DIRECTORY, 'natives.ts'), 'utf8')
const direct = await directNatives(BY, own)
const natives = nativesOf(own, 'Natives').concat(nativesOf(direct, 'DirectNatives'))
const names = natives.map(([name]) => name)
keep(join(ENGINE_DIRECTORY, 'natives.gen.ts'), direct)
keep(join(GUEST_DIRECTORY, 'interfaces.d.ts'), await interfaceTypes(BY))
keep(join(GUEST_DIRECTORY, 'capability.gen.ts'), await failingInterfaces(BY))
keep(join(ENGINE_DIRECTORY, 'host.gen.as.ts'), loweredImports(BY))
// Before the switch, which asks where each function is.
const byHand = new Set(nativeHomes({ written: false }).keys())
keep(join(ENGINE_DIRECTORY, CALLS_FILE), hostCalls(BY, byHand))
keep(join(ENGINE_DIRECTORY, 'select.gen.as.ts'), selection(BY, names))
keep(
  join(PACKAGE_DIRECTORY, 'host/toolchain/quickjs/natives.gen.ts'),
  await nativeLists(BY, natives),
)
compareNames()
for (const problem of problems) console.error(problem)
process.exitCode = problems.length === 0 ? 0 : 1

function compareNames(): void {
  const cases = new Set(interfaces.flatMap(({ errors = [] }) => errors))
  const codes = readFileSync(join(GUEST_DIRECTORY, 'capability-error.ts'), 'utf8')
  for (const name of cases) {
    if (codes.includes(`\n  '${name}', // `)) continue
    problems.push(`components/guest/capability-error.ts: CAPABILITY_ERROR_CODES has no "${name}"`)
  }
  const homes = nativeHomes()
  for (const name of names) {
    if (homes.has(name)) continue
    problems.push(`components/quickjs: no "export function ${name}(values: usize): Value"`)
  }
  for (const [name, file] of homes) {
    if (names.includes(name)) continue
    problems.push(`components/quickjs/${file}: "${name}" is no native of natives.ts`)
  }
}

function keep(path: string, text: string): void {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return
  if (process.argv.includes('--write')) writeFileSync(path, text)
  else problems.push(`${path.slice(PACKAGE_DIRECTORY.length + 1)} is out of date: run node ${BY}`)
}
