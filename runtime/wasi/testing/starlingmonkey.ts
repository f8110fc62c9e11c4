/**
 * A service built with componentize-js, kept between runs: it takes the compiler about twenty seconds.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { componentize } from '@bytecodealliance/componentize-js'
import { wasiSource } from './service.ts'

// The one version whose `fetch` event componentize-js 0.23 can export.
const WASI_VERSION = '0.2.10'

export async function fetchEventService(): Promise<Uint8Array> {
  const source = readFileSync(new URL('services/fetch-event.js', import.meta.url), 'utf8')
  const wit = worldOf()
  const { version } = JSON.parse(
    readFileSync(
      new URL('../package.json', import.meta.resolve('@bytecodealliance/componentize-js')),
      'utf8',
    ),
  ) as { version: string }
  const key = createHash('sha256').update(version).update(wit).update(source).digest('hex')
  const directory = join(tmpdir(), 'mayfly-starlingmonkey')
  const file = join(directory, `${key.slice(0, 16)}.wasm`)
  if (existsSync(file)) return new Uint8Array(readFileSync(file))
  const { component } = await componentize(source, wit, {
    worldName: 'service',
    // The cast leaves out `sourcePath`, which the types require: given one, it reads the file instead.
  } as Parameters<typeof componentize>[2] & object)
  mkdirSync(directory, { recursive: true })
  // Renamed, so that a run beside this one finds all of it or nothing.
  writeFileSync(`${file}.${process.pid}`, component)
  renameSync(`${file}.${process.pid}`, file)
  return component
}

function worldOf(): string {
  const streams = ['stdin', 'stdout', 'stderr'].map((name) => {
    const [kind, type] = name === 'stdin' ? ['stdin', 'input-stream'] : [name, 'output-stream']
    return `interface ${name} { use wasi:io/streams@${WASI_VERSION}.{${type}}; get-${kind}: func() -> ${type}; }`
  })
  return `package test:service;
    world service { include wasi:http/proxy@${WASI_VERSION}; }
    package wasi:cli@${WASI_VERSION} { ${streams.join('\n')} }
    ${['io', 'clocks', 'random', 'http'].map((name) => wasiSource(name, WASI_VERSION)).join('\n')}`
}
