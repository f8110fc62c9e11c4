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
  /**
   * Writes what the pages from `page` up to `end` have that those of the image have not, into the store from address
   * `out` up to `stop`: how many bytes there are, then from `out + STRETCHES_AT` stretches, each after its address and
   * its length. Looks at pages that are marked, or, with `all` not 0, at every page. Returns the page to go on with.
   */
  difference(
    table: number,
    pages: number,
    page: number,
    end: number,
    all: number,
    out: number,
    stop: number,
  ): number
  /** Writes the stretches that lie in the store from `from` up to `end`. Marks their pages when `mark` is not 0. */
  apply(from: number, end: number, mark: number): void
  /** A hash of a page of the store, with the secret numbers in page `key` and the next. */
  hash(page: number, key: number): number
  /** Not 0 when two pages of the store are equal. */
  equal(page: number, other: number): number
}

/** Where stretches begin after the address that `difference` is given. */
export const STRETCHES_AT = 16

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
  '0061736d01000000012e0660037f7f7f017f60047f7f7f7f0060027f7f017f60037f7f7f0060047f7f7f7f017f60' +
  '077f7f7f7f7f7f7f017f021603016d0161020000016d0162020000016d0163020000030c0b000102030402050203' +
  '0202073f0707726573746f7265000206737769746368000404636f707900050a646966666572656e636500060561' +
  '70706c7900080468617368000905657175616c000a0abd080b19002000200249047f200120004102746a28420200' +
  '0541000b0b18002000410c742000200120021000410c742003fc0a00020b6c01037f3f0041047421042004200149' +
  '0440417f0f0b02400340200220044f0d01200229400100500440200241086a21020c010b20022d40010004402002' +
  '200020014180201001200241003a400100200341016a210320022000200110030b200241016a21020c000b0b2003' +
  '0b2700200041016a22003f0041047449044020002d40010045044020002001200241800210010b0b0b7201047f3f' +
  '00410474210720072003490440417f0f0b02400340200420074f0d0120042d400100220620042000200110002004' +
  '200220031000477204402004200220034180201001200541016a210520060440200441003a400100200420022003' +
  '10030b0b200441016a21040c000b0b20050bb40101047f3f00410474210520052001490440417f0f0b0240034020' +
  '0220014f0d01200020024102746a284202002103410021040340200441016a2104200220046a2001490440200020' +
  '0220046a4102746a28420200200320046a410020031b460d010b0b200304402002410c742003410c742004410c74' +
  'fc0a0002052002410c7441002004410c74fc0b000b200220046a21020c000b0b2001410c744100200520016b410c' +
  '74fc0b00410041002005fc0b0120050bd10102057f017b200541106a210702400340200220034f0d012002200410' +
  '0721082008044020074188206a20064b0d022002410c742109200920086a21082002200020011000410c7420096b' +
  '210a4100210b03402009fd000000220c2009200a6afd00400200fd51fd530440200b4504402007210b2007200936' +
  '420200200741086a21070b2007200cfd0b400200200741106a2107200b2007200b6b41086b36420204054100210b' +
  '0b200941106a22092008490d000b0b200241016a21020c000b0b2005200720056b41106b3642020020020b290020' +
  '0120002d4001007204404180200f0b20000440200041016b2d40010004404180020f0b0b41000b6401037f024003' +
  '40200020014f0d01200028420200210320002842020421042003200041086a2004fc0a0002200220044100477104' +
  '402003410c76210520054101200320046a41016b410c7641016a20056bfc0b010b2000200441086a6a21000c000b' +
  '0b0b9d0102027f047b2000410c7421002001410c742101200120006b210320004180206a210203402000fd004402' +
  '00200020036afd00440200fdae0121042000fd00440210200020036afd00440210fdae012105200620042005fdde' +
  '01fdce012106200720042005fddf01fdce012107200041206a22002002490d000b20062007fdce0121062006fd1d' +
  '002006fd1d017c200129430280204201847e422088a70b4901027f2000410c7421002001410c7420006b21032000' +
  '4180206a210203402000fd00440200200020036afd00440200fd51fd53044041000f0b200041106a22002002490d' +
  '000b41010b'
