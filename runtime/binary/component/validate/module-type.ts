/**
 * The type of a core module: read from the module itself, or declared.
 *
 * Only the sections in front of the code are read. The type of a global stays unknown if an initialiser before it
 * has an unknown instruction.
 *
 * @module
 */

import { isMayflyError } from '../../../errors/index.ts'
import { skipConstantExpression } from '../../core/constant-expression.ts'
import type { ByteReader } from '../../reader.ts'
import type { Range } from '../component.ts'
import type {
  CoreExternType,
  CoreFunctionType,
  CoreImport,
  Limits,
  ModuleDeclaration,
} from '../core-type.ts'
import { coreSections } from '../decode-core.ts'
import {
  readCoreImport,
  readCoreTypeGroup,
  readCoreValueType,
  readLimits,
} from '../decode-core-type.ts'
import { readCoreExternalSort } from '../decode-name.ts'
import { importKey } from './core-match.ts'
import type { Ledger } from './ledger.ts'
import type { CoreItem, ModuleType } from './type.ts'

/** Memories of 32 bits have at most this many pages of 64 KiB. */
const MAX_PAGES = 65_536n

type CoreFunction = CoreFunctionType | undefined

/** Reads the type of the core module in `range`. */
export function readModuleType(ledger: Ledger, bytes: Uint8Array, range: Range): ModuleType {
  const types: CoreFunction[] = []
  const functions: CoreItem[] = []
  const imports: CoreImport<CoreFunction>[] = []
  const items: Record<CoreItem['sort'], CoreItem[]> = {
    func: [],
    table: [],
    memory: [],
    global: [],
    tag: [],
  }
  const exports = new Map<string, CoreItem>()
  const define = (type: CoreExternType<CoreFunction>): void => {
    items[type.sort].push({ sort: type.sort, type })
  }
  for (const [id, section] of coreSections(bytes, range)) {
    const each = (read: () => void): void => {
      const count = section.count('definitions')
      for (let i = 0; i < count; i++) read()
    }
    switch (id) {
      case 1:
        each(() => readCoreTypeGroup(section).types.forEach((type) => types.push(type)))
        continue
      case 2:
        each(() => {
          const { module, name, type } = readCoreImport(section)
          const resolved = resolveExtern(ledger, types, type)
          imports.push({ module, name, type: resolved })
          define(resolved)
        })
        continue
      case 3:
        // Thousands of functions are of a few types.
        each(() => {
          const type = section.u32()
          items.func.push((functions[type] ??= functionItem(ledger, types, type)))
        })
        continue
      case 4:
        defineAll(section, () => define({ sort: 'table', ...readTable(section) }))
        continue
      case 5:
        each(() => define({ sort: 'memory', limits: readLimits(section) }))
        continue
      case 6:
        defineAll(section, () => define(readGlobal(section)))
        continue
      case 7:
        each(() => {
          const name = section.name()
          const sort = readCoreExternalSort(section)
          exports.set(name, items[sort][section.u32()] ?? { sort })
        })
        break
      case 13:
        each(() => define(resolveExtern(ledger, types, readTag(section))))
        continue
      default:
        continue
    }
    break // Nothing of interest comes after the exports.
  }
  checkImports(ledger, imports)
  return { imports, exports }
}

/** Resolves a declared module type; `outerType` resolves its aliases. */
export function declaredModuleType(
  ledger: Ledger,
  declarations: readonly ModuleDeclaration[],
  outerType: (count: number, index: number) => CoreFunction,
): ModuleType {
  const types: CoreFunction[] = []
  const imports: CoreImport<CoreFunction>[] = []
  const exports = new Map<string, CoreItem>()
  for (const declaration of declarations) {
    ledger.spend(1)
    switch (declaration.kind) {
      case 'type':
        declaration.type.types.forEach((type) => types.push(type))
        break
      case 'alias':
        types.push(
          declaration.count === 0
            ? ledger.at(types, declaration.index, 'core type')
            : outerType(declaration.count, declaration.index),
        )
        break
      case 'import': {
        const { module, name } = declaration
        imports.push({ module, name, type: resolveDeclared(ledger, types, declaration.type) })
        break
      }
      case 'export': {
        const { name } = declaration
        if (exports.has(name)) ledger.fail(`second export "${name}" of a module type`)
        const type = resolveDeclared(ledger, types, declaration.type)
        exports.set(name, { sort: type.sort, type })
      }
    }
  }
  checkImports(ledger, imports)
  return { imports, exports }
}

/** The two levels of a name are one in the names a component gives its modules. */
function checkImports(ledger: Ledger, imports: readonly CoreImport<CoreFunction>[]): void {
  const seen = new Set<string>()
  for (const each of imports) {
    const key = importKey(each)
    if (seen.has(key)) {
      ledger.fail(`second import "${each.module}" "${each.name}" of a core module`)
    }
    seen.add(key)
  }
}

/** The engine checks the limits of a real module; the limits of a declared one are checked only here. */
function resolveDeclared(
  ledger: Ledger,
  types: readonly CoreFunction[],
  type: CoreExternType<number>,
): CoreExternType<CoreFunction> {
  if (type.sort === 'memory' || type.sort === 'table') checkLimits(ledger, type.sort, type.limits)
  return resolveExtern(ledger, types, type)
}

function checkLimits(ledger: Ledger, sort: 'memory' | 'table', limits: Limits): void {
  const { minimum, maximum = minimum, is64, pageSizeLog2 } = limits
  if (maximum < minimum) ledger.fail(`${sort} whose maximum is less than its minimum`)
  if (sort === 'memory' && !is64 && pageSizeLog2 === undefined && maximum > MAX_PAGES) {
    ledger.fail(`memory of more than ${MAX_PAGES} pages`)
  }
}

function resolveExtern(
  ledger: Ledger,
  types: readonly CoreFunction[],
  extern: CoreExternType<number>,
): CoreExternType<CoreFunction> {
  if (extern.sort === 'table' || extern.sort === 'memory' || extern.sort === 'global') return extern
  const { sort, type: index } = extern
  if (index >= types.length) ledger.fail(`core type ${index} of ${types.length}`)
  const type = types[index]
  return { sort, type }
}

function functionItem(ledger: Ledger, types: readonly CoreFunction[], index: number): CoreItem {
  const type = resolveExtern(ledger, types, { sort: 'func', type: index })
  return { sort: 'func', type }
}

/** Stops where a constant expression cannot be read: the rest stays unknown. */
function defineAll(section: ByteReader, define: () => void): void {
  const count = section.count('definitions')
  try {
    for (let i = 0; i < count; i++) define()
  } catch (error) {
    if (!isMayflyError(error) || error.code !== 'ERR_COMPONENT_UNSUPPORTED') throw error
  }
}

function readTable(section: ByteReader): Omit<CoreExternType<number> & { sort: 'table' }, 'sort'> {
  const hasInitial = section.peek() === 0x40
  if (hasInitial) section.skip(2)
  const table = { element: readCoreValueType(section), limits: readLimits(section) }
  if (hasInitial) skipConstantExpression(section)
  return table
}

function readGlobal(section: ByteReader): CoreExternType<CoreFunction> {
  const type = readCoreValueType(section)
  const mutable = (section.byte() & 1) === 1
  skipConstantExpression(section)
  return { sort: 'global', type, mutable }
}

function readTag(section: ByteReader): CoreExternType<number> {
  section.byte()
  return { sort: 'tag', type: section.u32() }
}
