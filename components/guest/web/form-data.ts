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

  append(name: string, value: unknown, fileName?: string): void {
    this.#entries.push([String(name).toWellFormed(), toEntryValue(value, fileName)])
  }

  set(name: string, value: unknown, fileName?: string): void {
    const entry: Entry = [String(name).toWellFormed(), toEntryValue(value, fileName)]
    const at = this.#entries.findIndex(([other]) => other === entry[0])
    if (at < 0) {
      this.#entries.push(entry)
      return
    }
    this.#entries = this.#entries.filter(([other], index) => index <= at || other !== entry[0])
    this.#entries[at] = entry
  }

  get(name: string): FormDataEntryValue | null {
    return this.#entries.find(([other]) => other === name)?.[1] ?? null
  }

  getAll(name: string): FormDataEntryValue[] {
    return this.#entries.filter(([other]) => other === name).map(([, value]) => value)
  }

  has(name: string): boolean {
    return this.#entries.some(([other]) => other === name)
  }

  delete(name: string): void {
    this.#entries = this.#entries.filter(([other]) => other !== name)
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

function toEntryValue(value: unknown, fileName: string | undefined): FormDataEntryValue {
  if (!(value instanceof Blob)) return String(value).toWellFormed()
  if (value instanceof File && fileName === undefined) return value
  const lastModified = value instanceof File ? { lastModified: value.lastModified } : {}
  return new File([value], fileName ?? 'blob', { type: value.type, ...lastModified })
}
