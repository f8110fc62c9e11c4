/**
 * Has a module for WASI 0.1 end with its exit code: the adapter passes on only whether the code is 0.
 *
 * `proc_exit` and `exit-with-code` of WASI 0.2.12 have one type, so that the import gets another name, and nothing else
 * changes.
 *
 * @module
 */
import { readCoreModule } from '../../../runtime/binary/index.ts'
import {
  concat,
  readSections,
  SECTION,
  text,
  unsigned,
  writeSections,
} from '../quickjs/sections.ts'
import { wasiSource } from '../wasi-wit.ts'

const VERSION = '0.2.12' // The first version in which `exit-with-code` is stable
const WORLD = 'exits'

/** Returns `bytes` itself when the module never exits by itself. */
export async function keepExitCode(bytes: Uint8Array, wasi: string): Promise<Uint8Array> {
  const { imports } = readCoreModule(bytes)
  const isExit = (each: { readonly module: string; readonly name: string }): boolean =>
    each.module === wasi && each.name === 'proc_exit'
  if (!imports.some(isExit)) return bytes
  const content = concat([
    unsigned(imports.length),
    ...imports.flatMap((each) => {
      const [module, name] = isExit(each)
        ? [`wasi:cli/exit@${VERSION}`, 'exit-with-code']
        : [each.module, each.name]
      const { start, end } = each.description
      return [text(module), text(name), bytes.subarray(start - 1, end)]
    }),
  ])
  const sections = readSections(bytes)
  const binary = writeSections(
    sections.map((section) => (section.id === SECTION.import ? { ...section, content } : section)),
  )
  const { componentEmbed } = await import('@bytecodealliance/jco')
  const packages = ['cli', 'io', 'clocks', 'filesystem', 'sockets', 'random']
  return componentEmbed({
    binary,
    world: WORLD,
    witSource: `package mayfly:program;
world ${WORLD} { import wasi:cli/exit@${VERSION}; }
${packages.map((name) => wasiSource(name, VERSION)).join('\n')}`,
  })
}
