/** A segment of an audit log that is being written. @module */

import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import type { SignedHead } from '../../../runtime/audit/index.ts'
import { HEAD_SUFFIX } from './segment-name.ts'

/** The file records are written to, and the one with its latest head. */
export class OpenSegment {
  readonly number: number
  readonly descriptor: number
  bytes = 0
  readonly #headDescriptor: number

  constructor(file: string, number: number) {
    this.number = number
    this.descriptor = openSync(file, 'ax', 0o600)
    try {
      this.#headDescriptor = openSync(file + HEAD_SUFFIX, 'wx', 0o600)
    } catch (error) {
      closeSync(this.descriptor)
      rmSync(file)
      throw error
    }
  }

  /** Always of one length, so that it can be written over itself. */
  writeHead({ sequence, hash: at, signature }: SignedHead): void {
    const text = `head ${String(sequence).padStart(15, '0')} ${at} ${signature}\n`
    writeSync(this.#headDescriptor, text, 0, 'latin1')
  }

  close(): void {
    closeSync(this.descriptor)
    closeSync(this.#headDescriptor)
  }
}
