/**
 * `FormData`: names with texts or files, in order.
 *
 * @module
 */

import { Blob, File } from './blob.ts'

export type FormDataEntryValue = string | File
type Entry = [name: string, value: FormDataEntryValue]

export class FormData {
  #entries: Entry[] = []

  constructor(form?: undefined) {
    if (form !== undefined) throw new TypeError('Cannot make a form of something: there is no page')
  }

  append(name: string, value: unknown, fileName?: string): void {
    requireArguments(arguments.length, 2)
    this.#entries.push(toEntry(name, value, fileName))
  }

  set(name: string, value: unknown, fileName?: string): void {
    requireArguments(arguments.length, 2)
    const entry = toEntry(name, value, fileName)
    const at = this.#entries.findIndex(([other]) => other === entry[0])
    if (at < 0) {
      this.#entries.push(entry)
      return
    }
    this.#entries = this.#entries.filter(([other], index) => index <= at || other !== entry[0])
    this.#entries[at] = entry
  }

  get(name: string): FormDataEntryValue | null {
    const wanted = toName(name)
    return this.#entries.find(([other]) => other === wanted)?.[1] ?? null
  }

  getAll(name: string): FormDataEntryValue[] {
    const wanted = toName(name)
    return this.#entries.filter(([other]) => other === wanted).map(([, value]) => value)
  }

  has(name: string): boolean {
    const wanted = toName(name)
    return this.#entries.some(([other]) => other === wanted)
  }

  delete(name: string): void {
    const wanted = toName(name)
    this.#entries = this.#entries.filter(([other]) => other !== wanted)
  }

  forEach(
    callback: (value: FormDataEntryValue, name: string, form: FormData) => void,
    thisArgument?: unknown,
  ): void {
    for (const [name, value] of this) callback.call(thisArgument, value, name, this)
  }

  *entries(): IterableIterator<Entry> {
    for (const [name, value] of this.#entries) yield [name, value]
  }

  *keys(): IterableIterator<string> {
    for (const [name] of this.#entries) yield name
  }

  *values(): IterableIterator<FormDataEntryValue> {
    for (const [, value] of this.#entries) yield value
  }

  [Symbol.iterator](): IterableIterator<Entry> {
    return this.entries()
  }

  get [Symbol.toStringTag](): string {
    return 'FormData'
  }
}

function requireArguments(given: number, needed: number): void {
  if (given < needed)
    throw new TypeError(`Cannot use a form: ${needed} arguments needed, ${given} given`)
}

function toName(name: string): string {
  return String(name).toWellFormed()
}

function toEntry(name: string, value: unknown, fileName: string | undefined): Entry {
  if (fileName !== undefined && !(value instanceof Blob))
    throw new TypeError('Cannot use a form: only a Blob has a file name')
  return [toName(name), toEntryValue(value, fileName === undefined ? undefined : toName(fileName))]
}

function toEntryValue(value: unknown, fileName: string | undefined): FormDataEntryValue {
  if (!(value instanceof Blob)) return toName(String(value))
  if (value instanceof File && fileName === undefined) return value
  const lastModified = value instanceof File ? { lastModified: value.lastModified } : {}
  return new File([value], fileName ?? 'blob', { type: value.type, ...lastModified })
}
