/** Bytes and forms: what requests and responses are made of. @module */

type BufferSource = ArrayBufferView<ArrayBuffer> | ArrayBuffer
type BlobPart = BufferSource | Blob | string
interface BlobPropertyBag {
  type?: string
}
interface FilePropertyBag extends BlobPropertyBag {
  /** Milliseconds since 1970. */
  lastModified?: number
}

interface Blob {
  readonly size: number
  readonly type: string
  arrayBuffer(): Promise<ArrayBuffer>
  bytes(): Promise<Uint8Array<ArrayBuffer>>
  slice(start?: number, end?: number, type?: string): Blob
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>
  text(): Promise<string>
}
declare var Blob: { prototype: Blob; new (parts?: BlobPart[], options?: BlobPropertyBag): Blob }

interface File extends Blob {
  readonly name: string
  readonly lastModified: number
}
declare var File: {
  prototype: File
  new (parts: BlobPart[], name: string, options?: FilePropertyBag): File
}

type FormDataEntryValue = File | string
interface FormData {
  append(name: string, value: string | Blob): void
  append(name: string, value: Blob, filename?: string): void
  delete(name: string): void
  get(name: string): FormDataEntryValue | null
  getAll(name: string): FormDataEntryValue[]
  has(name: string): boolean
  set(name: string, value: string | Blob): void
  set(name: string, value: Blob, filename?: string): void
  forEach(
    callback: (value: FormDataEntryValue, name: string, parent: FormData) => void,
    thisArg?: any,
  ): void
  entries(): WebIterator<[string, FormDataEntryValue]>
  keys(): WebIterator<string>
  values(): WebIterator<FormDataEntryValue>
  [Symbol.iterator](): WebIterator<[string, FormDataEntryValue]>
}
declare var FormData: { prototype: FormData; new (): FormData }

type XMLHttpRequestBodyInit = Blob | BufferSource | FormData | URLSearchParams | string
type BodyInit = ReadableStream | XMLHttpRequestBodyInit

interface Body {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>> | null
  readonly bodyUsed: boolean
  arrayBuffer(): Promise<ArrayBuffer>
  blob(): Promise<Blob>
  bytes(): Promise<Uint8Array<ArrayBuffer>>
  formData(): Promise<FormData>
  json(): Promise<any>
  text(): Promise<string>
}
