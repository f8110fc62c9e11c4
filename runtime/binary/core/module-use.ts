/**
 * The features of WebAssembly that a core module uses, to explain to people why it is refused or charged.
 *
 * @module
 */
import { isMayflyError } from '../../errors/index.ts'
import { ByteReader } from '../reader.ts'
import { constantObjectBytes } from './constant-objects.ts'
import type { CoreModule } from './core-module.ts'
import { skipValueType } from './core-types.ts'
import { featuresOf, refusalOf } from './examine-module.ts'
import { InstructionReader } from './instruction-reader.ts'
import type { Charge } from './instruction-row.ts'
import { instructionOf, type Feature } from './instruction-table.ts'
import { readCoreModule } from './read-core-module.ts'

export interface ModuleUse {
  /** Proposals whose instructions the module has, apart from the instructions of the first version. */
  readonly proposals: readonly string[]
  /** Features that manifest and host have to allow. */
  readonly features: readonly Feature[]
  /** Instructions that cost more than their own step, with their charges. */
  readonly charged: readonly { readonly name: string; readonly by: readonly Charge[] }[]
  /** Instructions that trap when they run, and why. */
  readonly traps: readonly { readonly name: string; readonly why: string }[]
  /** Why the module is not loaded; absent when it is, its features allowed. */
  readonly refused?: string
}

/**
 * Looks at everything in the module in `bytes`, which must be valid.
 *
 * @throws {MayflyError} ERR_COMPONENT_MALFORMED
 */
export function useOf(bytes: Uint8Array): ModuleUse {
  const opcodes = new Set<number>()
  let module: CoreModule | undefined
  let refused: string | undefined
  try {
    module = readCoreModule(bytes)
    collectOpcodes(module, opcodes)
    constantObjectBytes(module)
    refused = refusalOf(module)
  } catch (error) {
    if (!isMayflyError(error) || error.code !== 'ERR_COMPONENT_UNSUPPORTED') throw error
    refused = error.message.replace(/^.*?it uses /, '')
  }
  const used = [...opcodes].toSorted((a, b) => a - b).flatMap((each) => instructionOf(each) ?? [])
  const proposals = new Set(used.map(({ proposal }) => proposal))
  proposals.delete('core')
  return {
    proposals: [...proposals].toSorted(),
    features: module === undefined ? [] : featuresOf(module),
    charged: used.flatMap(({ name, rule }) =>
      rule.verdict === 'charged' ? [{ name, by: rule.by }] : [],
    ),
    traps: used.flatMap(({ name, rule }) =>
      rule.verdict === 'traps' ? [{ name, why: rule.why }] : [],
    ),
    ...(refused === undefined ? {} : { refused }),
  }
}

function collectOpcodes({ bytes, code }: CoreModule, opcodes: Set<number>): void {
  for (const { start, end } of code) {
    const reader = new ByteReader(bytes, start, end, 'core module')
    for (let groups = reader.u32(); groups > 0; groups--) {
      reader.u32()
      skipValueType(reader)
    }
    const at = new InstructionReader(bytes, reader.offset, end)
    while (at.next()) opcodes.add(at.opcode)
  }
}
