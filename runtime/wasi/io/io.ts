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

const BLOCKING = [
  'input-stream.blocking-read',
  'input-stream.blocking-skip',
  'output-stream.blocking-write-and-flush',
  'output-stream.blocking-flush',
  'output-stream.blocking-write-zeroes-and-flush',
  'output-stream.blocking-splice',
]

export function wasiIo(): HostModule {
  return {
    name: 'io',
    interfaces: Object.keys(IMPORTS),
    suspends: [
      'wasi:io/poll#poll',
      'wasi:io/poll#[method]pollable.block',
      ...BLOCKING.map((name) => `wasi:io/streams#[method]${name}`),
    ],
    configure(): ConfiguredModule {
      return { granted: true, prepare: () => IMPORTS, async [Symbol.asyncDispose]() {} }
    },
  }
}
