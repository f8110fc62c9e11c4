/**
 * `wasi:io`: streams, their errors, and waiting for them.
 *
 * Always granted: a stream reaches only the object it was opened on.
 *
 * @module
 */
import type { HostModule, ConfiguredModule, Imports } from '../../host-module/index.ts'
import { opaque } from '../opaque.ts'
import { InputStream } from './input-stream.ts'
import { IoError } from './io-error.ts'
import { OutputStream } from './output-stream.ts'
import { Pollable, poll } from './pollable.ts'

const IMPORTS: Imports = {
  'wasi:io/error': { Error: opaque(IoError) },
  'wasi:io/poll': { Pollable: opaque(Pollable), poll },
  'wasi:io/streams': { InputStream: opaque(InputStream), OutputStream: opaque(OutputStream) },
}

export function wasiIo(): HostModule {
  return {
    name: 'io',
    interfaces: Object.keys(IMPORTS),
    suspends: [
      'poll',
      '[method]pollable.block',
      '[method]input-stream.blocking-read',
      '[method]input-stream.blocking-skip',
      '[method]output-stream.blocking-write-and-flush',
      '[method]output-stream.blocking-flush',
      '[method]output-stream.blocking-write-zeroes-and-flush',
      '[method]output-stream.blocking-splice',
    ],
    configure(): ConfiguredModule {
      return { granted: true, prepare: () => IMPORTS, async [Symbol.asyncDispose]() {} }
    },
  }
}
