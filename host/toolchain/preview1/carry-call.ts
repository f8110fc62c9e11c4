/**
 * Functions that stand between a program and its adapter, which have a memory each: they carry the bytes behind pointers
 * over, call, and carry results back.
 *
 * They are text of functions with numbers for names: the text is parsed by itself, and the bodies are appended to a
 * module in which the numbers are right.
 *
 * @module
 */
import type { Buffers, Pointers, Region } from './pointers.ts'

/** A function that the program imports. */
export interface Callee {
  readonly func: number
  readonly params: number
}

/** The numbers of what the functions use. */
export interface CarryContext {
  /** The memory of the program. */
  readonly program: number
  /** The memory of the adapter. */
  readonly adapter: number
  /** The function of `reserveText`. */
  readonly reserve: number
}

const NOMEM = 48 // The error of WASI 0.1 for too little memory
const PAGE_BYTES = 65_536
// An address that is not 0, and aligned for all that the interface has.
const FIRST = 16
// The last bytes of the first page: where more than that page begins, and how many bytes it has.
const LARGE_AT = PAGE_BYTES - 8
const LARGE_BYTES = PAGE_BYTES - 4
// Far more than a program passes at once; all regions of a call together stay below 2^31.
const MAX_REGION_BYTES = 2 ** 28
// As much as the host reads of a file at once.
const MAX_READ_BYTES = 1_048_576
// A pointer and a length.
const BUFFER_BYTES = 8

/**
 * From a number of bytes to their address in the memory of the adapter; 0 when there is no room. They are the same bytes
 * for every call: the adapter keeps no pointer.
 */
export function reserveText({ adapter }: CarryContext): string {
  const large = (address: number): string => `(i32.load ${adapter} (i32.const ${address}))`
  return `(func (param $bytes i32) (result i32) (local $pages i32) (local $page i32)
    (if (i32.le_u (local.get $bytes) (i32.const ${LARGE_AT - FIRST}))
      (then (return (i32.const ${FIRST}))))
    (if (i32.gt_u (local.get $bytes) ${large(LARGE_BYTES)}) (then
      (local.set $pages
        (i32.shr_u (i32.add (local.get $bytes) (i32.const ${PAGE_BYTES - 1})) (i32.const 16)))
      (local.set $page (memory.grow ${adapter} (local.get $pages)))
      (if (i32.eq (local.get $page) (i32.const -1)) (then (return (i32.const 0))))
      (i32.store ${adapter} (i32.const ${LARGE_AT}) (i32.shl (local.get $page) (i32.const 16)))
      (i32.store ${adapter} (i32.const ${LARGE_BYTES}) (i32.shl (local.get $pages) (i32.const 16)))))
    ${large(LARGE_AT)})`
}

/** Calls `callee` with copies of what lies behind its pointers. */
export function carryText(
  { func, params }: Callee,
  { regions, buffers }: Pointers,
  context: CarryContext,
): string {
  const { program, adapter, reserve } = context
  // The buffer comes first, so that the first result behind it is the number of bytes that were read.
  const all = buffers === undefined ? regions : [dataOf(buffers), ...regions]
  const addressOf = (region: Region): string => `$at${all.indexOf(region)}`
  const forEach = (text: (region: Region, index: number) => string): string =>
    all.map(text).join('\n    ')
  const header = buffers === undefined ? 0 : BUFFER_BYTES
  const place = (index: number): string =>
    `(i32.add (local.get $base) ${sum(header, all.slice(0, index))})`
  const copyIn = (each: Region): string =>
    each.read === false
      ? ''
      : copyText(adapter, addressOf(each), program, each.pointer, bytesOf(each))
  const copyOut = (each: Region): string =>
    each.written ? copyText(program, each.pointer, adapter, addressOf(each), bytesOf(each)) : ''
  const args = Array.from({ length: params }, (_, index) => {
    if (index === buffers?.list) return '(local.get $base)'
    if (buffers !== undefined && index === buffers.list + 1) return '(i32.const 1)'
    const region = all.find(({ pointer }) => pointer === index)
    return `(local.get ${region === undefined ? index : addressOf(region)})`
  })
  return `(func ${'(param i32) '.repeat(params)}(result i32)
    (local $base i32) (local $error i32)
    ${forEach((each) => `(local ${addressOf(each)} i32)`)}
    ${buffers === undefined ? '' : firstBuffer(buffers, context)}
    ${forEach(refuseHuge)}
    (local.set $base (call ${reserve} ${sum(header, all)}))
    (if (i32.eqz (local.get $base)) (then (return (i32.const ${NOMEM}))))
    ${forEach((each, index) => `(local.set ${addressOf(each)} ${place(index)})`)}
    ${forEach(copyIn)}
    ${buffers === undefined ? '' : listOfOne(all, context, addressOf)}
    (local.set $error (call ${func} ${args.join(' ')}))
    ${forEach(copyOut)}
    ${buffers?.written === true ? carryRead(all, context, addressOf) : ''}
    (local.get $error))`
}

/** Calls `callee`, which makes a list of strings, with room of the size that `sizes` says. */
export function stringListText(
  { func }: Callee,
  sizes: Callee,
  { program, adapter, reserve }: CarryContext,
): string {
  const sizeAt = (offset: number): string =>
    `(i32.load ${adapter} offset=${offset} (local.get $base))`
  const pointers = `(i32.shl (local.get $count) (i32.const 2))`
  return `(func (param $list i32) (param $text i32) (result i32)
    (local $base i32) (local $texts i32) (local $count i32) (local $bytes i32) (local $error i32) (local $each i32)
    (local.set $base (call ${reserve} (i32.const 8)))
    (local.set $error (call ${sizes.func} (local.get $base) (i32.add (local.get $base) (i32.const 4))))
    (if (local.get $error) (then (return (local.get $error))))
    (local.set $count ${sizeAt(0)})
    (local.set $bytes ${sizeAt(4)})
    (local.set $base (call ${reserve} (i32.add ${pointers} (local.get $bytes))))
    (if (i32.eqz (local.get $base)) (then (return (i32.const ${NOMEM}))))
    (local.set $texts (i32.add (local.get $base) ${pointers}))
    (local.set $error (call ${func} (local.get $base) (local.get $texts)))
    (if (local.get $error) (then (return (local.get $error))))
    ${copyText(program, '$text', adapter, '$texts', '(local.get $bytes)')}
    (loop $next (if (i32.lt_u (local.get $each) ${pointers}) (then
      (i32.store ${program} (i32.add (local.get $list) (local.get $each))
        (i32.add (local.get $text) (i32.sub
          (i32.load ${adapter} (i32.add (local.get $base) (local.get $each))) (local.get $texts))))
      (local.set $each (i32.add (local.get $each) (i32.const 4)))
      (br $next))))
    (i32.const 0))`
}

/** The bytes of the first buffer. Those that are read are carried back by their number, and not as a whole. */
function dataOf({ list, written }: Buffers): Region {
  return { pointer: list, bytes: { count: list + 1, each: 1 }, written: false, read: !written }
}

/** Puts the first buffer that is not empty in place of the list, as the adapter would choose it. */
function firstBuffer({ list, written }: Buffers, { program }: CarryContext): string {
  const length = `(i32.load ${program} offset=4 (local.get ${list}))`
  const count = list + 1
  const bounded = `(if (i32.gt_u (local.get ${count}) (i32.const ${MAX_READ_BYTES}))
      (then (local.set ${count} (i32.const ${MAX_READ_BYTES}))))`
  return `(loop $next
      (if (i32.gt_u (local.get ${count}) (i32.const 1)) (then (if (i32.eqz ${length}) (then
        (local.set ${list} (i32.add (local.get ${list}) (i32.const ${BUFFER_BYTES})))
        (local.set ${count} (i32.sub (local.get ${count}) (i32.const 1)))
        (br $next))))))
    (if (local.get ${count}) (then
      (local.set ${count} ${length})
      (local.set ${list} (i32.load ${program} (local.get ${list}))))
    (else (local.set ${list} (i32.const 0))))
    ${written ? bounded : ''}`
}

/** Makes the list of buffers for the adapter, with the one buffer. */
function listOfOne(
  [data]: readonly Region[],
  { adapter }: CarryContext,
  addressOf: (region: Region) => string,
): string {
  if (data === undefined) return ''
  return `(i32.store ${adapter} (local.get $base) (local.get ${addressOf(data)}))
    (i32.store ${adapter} offset=4 (local.get $base) ${bytesOf(data)})`
}

/** Carries back as many bytes as were read: the first result after the data is their number. */
function carryRead(
  [data, count]: readonly Region[],
  { program, adapter }: CarryContext,
  addressOf: (region: Region) => string,
): string {
  if (data === undefined || count === undefined) return ''
  const read = `(i32.load ${adapter} (local.get ${addressOf(count)}))`
  return `(if (i32.eqz (local.get $error)) (then
      ${copyText(program, data.pointer, adapter, addressOf(data), read)}))`
}

function copyText(
  to: number,
  toLocal: number | string,
  from: number,
  fromLocal: number | string,
  bytes: string,
): string {
  return `(memory.copy ${to} ${from} (local.get ${toLocal}) (local.get ${fromLocal}) ${bytes})`
}

function bytesOf({ bytes }: Region): string {
  if (typeof bytes === 'number') return `(i32.const ${bytes})`
  return `(i32.mul (local.get ${bytes.count}) (i32.const ${bytes.each}))`
}

function refuseHuge({ bytes }: Region): string {
  if (typeof bytes === 'number') return ''
  const most = Math.floor(MAX_REGION_BYTES / bytes.each)
  return `(if (i32.gt_u (local.get ${bytes.count}) (i32.const ${most})) (then (return (i32.const ${NOMEM}))))`
}

/** The bytes of `header` and `regions`, each from a multiple of eight. */
function sum(header: number, regions: readonly Region[]): string {
  return regions.reduce(
    (before, each) =>
      `(i32.add ${before} (i32.and (i32.add ${bytesOf(each)} (i32.const 7)) (i32.const -8)))`,
    `(i32.const ${header})`,
  )
}
