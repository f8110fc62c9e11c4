/**
 * The adapter's functions, as the prelude finds them.
 *
 * @module
 */
import type { DirectNatives } from './natives.gen.ts'

export type Header = [name: string, value: string]

/** A value that is there at once, or a promise of it. */
export type Later<Value> = Value | Promise<Value>

/** Handles of the ends of a body that arrives: of its stream, and of the future that says whether it was whole. */
export type Ends = [bytes: number, end: number]

/** The record `fetched` of `http`, or `fetched-blob`. */
export type Fetched<Content = unknown> = [
  status: number,
  headers: Header[],
  body: Content,
  redirectedTo: string | null,
  decoded: boolean,
]

/**
 * The adapter's functions: those of the interfaces, and these, which no interface has. The names are those of functions
 * in `*.as.ts`. The adapter reads as many arguments as a function has parameters here.
 */
export interface Natives extends DirectNatives {
  respond(status: number, headers: Header[], body: Uint8Array | string): void
  fail(message: string): void
  settle(result: number[] | number, text?: string): void
  logWrite(level: number, message: string): void
  randomFraction(): number
  httpSend(
    method: string,
    url: string,
    headers: Header[],
    body: Uint8Array,
    redirect: number,
  ): Later<Fetched<Uint8Array>>
  httpSendForBlob(
    method: string,
    url: string,
    headers: Header[],
    body: Uint8Array,
    redirect: number,
  ): Later<Fetched<number>>
  httpOpen(
    method: string,
    url: string,
    headers: Header[],
    body: Uint8Array,
    upload: Ends | null,
    redirect: number,
  ): Later<Fetched<[which: number, content: Uint8Array | Ends]>>
  requestBodyTake(): Ends | null
  kvKeys(
    store: string,
    prefix: string,
    cursor: string | null | undefined,
    limit: number,
  ): Later<[keys: string[], cursor: string | null]>
  kvSetMany(store: string, keys: string[], values: Uint8Array[]): Later<void>
  toolsCall(tool: string, input: string, handles: number[]): Later<string>
  toolsCallForBlob(tool: string, input: string, handles: number[]): Later<number>
  blobMake(content: Uint8Array): number
  blobGiven(): number[]
  blobSize(handle: number): number
  blobRead(handle: number, offset: number, length: number): Uint8Array
  blobDrop(handle: number): void
  blobAnswer(handle: number): void
  websocketConnect(url: string, protocols: string[], headers: Header[]): Later<number>
  websocketProtocol(handle: number): string
  websocketReceive(handle: number): Later<[which: number, message: string | Uint8Array] | null>
  websocketEnded(handle: number): [code: number, reason: string] | null
  websocketSendText(handle: number, text: string): Later<void>
  websocketSendBinary(handle: number, content: Uint8Array): Later<void>
  websocketBuffered(handle: number): number
  websocketClose(handle: number, code: number, reason: string): void
  websocketServerAccept(protocol: string, headers: Header[]): number
  connectionDrop(handle: number): void
  cancelPending(handle: number): boolean
  stay(stays: boolean): void
  makeEnds(): [...readable: Ends, ...writable: Ends]
  dropEnd(handle: number, kind: number): void
  cancelCopy(handle: number): void
  readStream(handle: number): Later<Uint8Array | [last: Uint8Array] | null>
  writeStream(handle: number, bytes: Uint8Array): Later<number>
  readFuture(handle: number): Later<void>
  writeFuture(handle: number, which: number): Later<void>
  encodeUtf8(text: string): Uint8Array
  decodeUtf8(bytes: Uint8Array): string | undefined
  decodeLatin1(bytes: Uint8Array): string
  parseJson(bytes: Uint8Array): unknown
  takeHeaders(): Header[]
  settledValue(promise: unknown): unknown
}

// Put there by the build, for the prelude and for `websockets.ts`: each has those that it calls. Gone when the agent's modules
// are evaluated, which have the interfaces.
const scope = globalThis as { mayflyNatives?: Natives }
export const natives: Natives = scope.mayflyNatives as Natives
delete scope.mayflyNatives
