/** Packages whose types need those of Node, as far as `node/` uses them. @module */
declare module 'unenv/node/buffer' {
  interface Bytes extends Uint8Array<ArrayBuffer> {
    toString(encoding?: string): string
    readUIntBE(offset: number, length: number): number
  }
  type AnyFunction = (this: unknown, ...args: unknown[]) => never
  export const Buffer: {
    from(value: unknown, encoding?: unknown, length?: unknown): Bytes
    alloc(length: number): Bytes
    isEncoding(encoding: unknown): boolean
    byteLength(value: unknown, encoding?: unknown): number
    readonly prototype: { readonly toString: AnyFunction; readonly write: AnyFunction }
  }
  const all: object
  export default all
}
declare module 'unenv/node/*' {
  const all: object
  export default all
}
declare module 'events/events.js' {
  const EventEmitter: {
    readonly once: (emitter: object, name: string | symbol) => Promise<unknown[]>
    readonly defaultMaxListeners: number
    new (): object
  }
  export default EventEmitter
}
declare module 'string_decoder/lib/string_decoder.js' {
  const all: { readonly StringDecoder: unknown }
  export default all
}
declare module 'readable-stream/lib/*' {
  const all: Readonly<Record<string, unknown>>
  export default all
}
