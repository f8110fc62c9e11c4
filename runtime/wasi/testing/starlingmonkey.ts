/**
 * Services built with componentize-js, kept between runs: each takes the compiler about twenty seconds.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { componentize } from '@bytecodealliance/componentize-js'
import { build } from 'esbuild'
import { proxyWorld } from '../../../host/toolchain/wasi-wit.ts'
import { wasiWit } from './service.ts'

// The only version for which componentize-js 0.23 can export the event `fetch`.
const FETCH_EVENT_VERSION = '0.2.10'

type Options = Partial<NonNullable<Parameters<typeof componentize>[2]>>

export async function fetchEventService(): Promise<Uint8Array> {
  const source = readFileSync(new URL('services/fetch-event.js', import.meta.url), 'utf8')
  return kept(source, proxyWorld(FETCH_EVENT_VERSION), {})
}

/** A Hono app with its exports made by jco-std. */
export async function honoService(): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('services/hono.js', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    external: ['wasi:*'],
  })
  const imports = ['http/types', 'io/streams', 'io/poll', 'clocks/monotonic-clock', 'random/random']
  const streams = ['cli/environment', 'cli/stdin', 'cli/stdout', 'cli/stderr']
  const world = [...imports, ...streams].map((name) => `import wasi:${name}@0.2.12;`).join('\n')
  const wit = wasiWit(`${world} export wasi:http/incoming-handler@0.2.12;`)
  return kept(outputFiles[0]?.text ?? '', wit, { disableFeatures: ['fetch-event', 'http'] })
}

async function kept(source: string, wit: string, options: Options): Promise<Uint8Array> {
  const { version } = JSON.parse(
    readFileSync(
      new URL('../package.json', import.meta.resolve('@bytecodealliance/componentize-js')),
      'utf8',
    ),
  ) as { version: string }
  const hash = createHash('sha256').update(version).update(wit).update(source)
  const key = hash.update(JSON.stringify(options)).digest('hex')
  const directory = join(tmpdir(), 'mayfly-starlingmonkey')
  const file = join(directory, `${key.slice(0, 16)}.wasm`)
  if (existsSync(file)) return new Uint8Array(readFileSync(file))
  const { component } = await componentize(source, wit, {
    worldName: 'service',
    ...options,
    // The cast leaves out `sourcePath`, which the types require: given one, it reads the file instead.
  } as Parameters<typeof componentize>[2] & object)
  mkdirSync(directory, { recursive: true })
  // Renamed, so that a run beside this one finds all of it or nothing.
  writeFileSync(`${file}.${process.pid}`, component)
  renameSync(`${file}.${process.pid}`, file)
  return component
}
