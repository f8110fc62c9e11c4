/**
 * Whether what an embedder gives as drivers can be called: found when a runtime is made, and not by the first request that
 * needs one.
 *
 * @module
 */
import { nearest, requireMethods } from '../errors/index.ts'
import { DRIVER_METHODS, type Drivers } from './standard.ts'

/** @throws {TypeError} for a driver without one of its methods, and for a name that is no driver's */
export function checkDrivers(drivers: Drivers): void {
  for (const [kind, driver] of Object.entries(drivers)) {
    if (!isKind(kind)) throw unknownKind(kind)
    if (driver !== undefined) requireMethods(`${kind} driver`, driver, DRIVER_METHODS[kind])
  }
}

function isKind(name: string): name is keyof Drivers {
  return Object.hasOwn(DRIVER_METHODS, name)
}

function unknownKind(name: string): TypeError {
  const kinds = Object.keys(DRIVER_METHODS)
  const near = nearest(name, kinds)
  const remedy = near === undefined ? `use one of ${kinds.join(', ')}` : `did you mean "${near}"?`
  return new TypeError(`Cannot use driver "${name}": no such kind, ${remedy}`)
}
