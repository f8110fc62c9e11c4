/**
 * `restore-helper.wat` in binary, and the type of its exports. A test checks that the two agree.
 *
 * One instance serves one guest memory. Copying inside WebAssembly, with known bounds, costs a fifth of a
 * `Uint8Array.set` for each page.
 *
 * @module
 */

import { fromHex } from '../encoding/index.ts'

export interface RestoreHelper {
  /** Copies marked pages back. Returns how many, or -1 when the memory is smaller than the image. */
  restore(table: number, pages: number): number
  /** Copies the pages that are marked or differ between two images, of `before` and `pages` pages. */
  switch(from: number, before: number, to: number, pages: number): number
  /** Copies all pages. */
  copy(table: number, pages: number): number
}

let compiled: WebAssembly.Module | undefined

/** Makes a helper for `memory`, whose writes are marked in `map`, and images in `store`. */
export function restoreHelper(
  memory: WebAssembly.Memory,
  map: WebAssembly.Memory,
  store: WebAssembly.Memory,
): RestoreHelper {
  compiled ??= new WebAssembly.Module(fromHex(BINARY))
  const instance = new WebAssembly.Instance(compiled, { m: { a: memory, b: map, c: store } })
  return instance.exports as unknown as RestoreHelper // By the source
}

const BINARY: string =
  '0061736d0100000001230560037f7f7f017f60047f7f7f7f0060027f7f017f60037f7f7f0060047f7f7f7f017f02' +
  '1603016d0161020000016d0162020000016d0163020000030706000102030402071b0307726573746f7265000206' +
  '737769746368000404636f707900050af2030619002000200249047f200120004102746a284202000541000b0b18' +
  '002000410c742000200120021000410c742003fc0a00020b6c01037f3f00410474210420042001490440417f0f0b' +
  '02400340200220044f0d01200229400100500440200241086a21020c010b20022d40010004402002200020014180' +
  '201001200241003a400100200341016a210320022000200110030b200241016a21020c000b0b20030b2700200041' +
  '016a22003f0041047449044020002d40010045044020002001200241800210010b0b0b7201047f3f004104742107' +
  '20072003490440417f0f0b02400340200420074f0d0120042d400100220620042000200110002004200220031000' +
  '477204402004200220034180201001200541016a210520060440200441003a40010020042002200310030b0b2004' +
  '41016a21040c000b0b20050bb40101047f3f00410474210520052001490440417f0f0b02400340200220014f0d01' +
  '200020024102746a284202002103410021040340200441016a2104200220046a20014904402000200220046a4102' +
  '746a28420200200320046a410020031b460d010b0b200304402002410c742003410c742004410c74fc0a00020520' +
  '02410c7441002004410c74fc0b000b200220046a21020c000b0b2001410c744100200520016b410c74fc0b004100' +
  '41002005fc0b0120050b'
