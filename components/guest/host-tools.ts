/**
 * The part of the door to the host that is about other agents. See `host.ts`.
 *
 * @module
 */

import * as blob from 'mayfly:agent/blob@0.1.0'
import * as http from 'mayfly:agent/http@0.1.0'
import * as tools from 'mayfly:agent/tools@0.1.0'
import { guarded, type Header } from './host.ts'

export type HostBlob = blob.Blob

export function toolStart(
  tool: string,
  input: string,
  blobs: HostBlob[],
): { pending: number; ready: boolean } {
  return guarded('tools', `call tool "${tool}"`, () =>
    tools.start(tool.toWellFormed(), input.toWellFormed(), blobs),
  )
}

export function toolTake(pending: number, tool: string): string {
  return guarded('tools', `call tool "${tool}"`, () => tools.take(pending))
}

export function toolTakeBlob(pending: number, tool: string): HostBlob {
  return guarded('tools', `call tool "${tool}"`, () => tools.takeBlob(pending))
}

export function toolCancel(pending: number): void {
  tools.cancel(pending)
}

export function blobMake(content: Uint8Array): HostBlob {
  return guarded('blob', `make a blob of ${content.length} bytes`, () => blob.make(content))
}

export function blobAnswer(self: HostBlob): void {
  guarded('blob', 'answer with a blob', () => blob.answer(self))
}

export function httpTakeBlob(
  pending: number,
  url: string,
): { status: number; headers: Header[]; body: HostBlob } {
  return guarded('http', `fetch ${url}`, () => http.takeBlob(pending))
}

export function blobsGiven(): HostBlob[] {
  return guarded('blob', 'see what blobs were given', () => blob.given())
}

export function blobSize(self: HostBlob): number {
  return guarded('blob', 'tell the size of a blob', () => self.size())
}

export function blobRead(self: HostBlob, offset: number, length: number): Uint8Array {
  return guarded('blob', 'read a blob', () => self.read(offset, length))
}
