/**
 * The part of the door to the host that is about blobs. See `host.ts`.
 *
 * @module
 */

// oxlint-disable-next-line typescript/triple-slash-reference -- users of the compiled types have no other way to it
/// <reference path="./interfaces.d.ts" preserve="true" />
import * as blob from 'mayfly:agent/blob@0.2.0'
import { guarded } from './host.ts'

export type HostBlob = blob.Blob

export function blobMake(content: Uint8Array): HostBlob {
  return guarded('blob', `make a blob of ${content.length} bytes`, () => blob.make(content))
}

export function blobAnswer(self: HostBlob): void {
  guarded('blob', 'answer with a blob', () => blob.answer(self))
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
