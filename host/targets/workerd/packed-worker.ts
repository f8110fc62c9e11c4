/**
 * Serves packed agents as a Worker.
 *
 * Clocks stand still there while a guest computes, and timers belong to the request that set them. So loops end by fuel,
 * which `mayfly pack` asks for, and idle slots are dropped when others come back.
 *
 * @module
 */
import { Hono } from 'hono'
import type { Secret, SecretDriver } from '../../../runtime/capabilities/http/index.ts'
import { loadPacked, type LoadPackedOptions, type Pack } from '../../../runtime/presets/index.ts'
import { webFetch } from '../../drivers/web-fetch/index.ts'
import { controlPlane, dataPlane } from '../../embed/index.ts'
import { Endings } from './endings.ts'

/** What a Worker gets beside each request, as far as it is used here. */
export interface WorkerContext {
  waitUntil(promise: Promise<unknown>): void
}

/** The default export of a Worker. */
export interface PackedWorker {
  fetch(request: Request, env: unknown, context: WorkerContext): Promise<Response>
}

/** Options of a Worker of packed agents. */
export interface PackedWorkerOptions extends Omit<LoadPackedOptions, 'environment'> {
  /**
   * Reads a binding, for `{ "env": "NAME" }` in a manifest's config and for secrets. Only texts are read.
   *
   * @default those of the Worker
   */
  binding?: (env: unknown, name: string) => unknown
}

// An isolate has 128 MB: half of it for slots leaves room for images, code and bodies.
const POOL_BYTES = 67_108_864
const MAX_BODY_BYTES = 16_777_216

/**
 * Answers the requests of a Worker by the agents of `pack`, each at its route. They are loaded with the first request.
 * With a binding MAYFLY_TOKEN the holder of that token has the control plane, for the isolate that answers.
 *
 * @example
 * ```ts
 * import pack from './packed/index.js'
 *
 * export default packedWorker(pack)
 * ```
 */
export function packedWorker(
  pack: Pack,
  { binding = bindingOf, drivers = {}, ...options }: PackedWorkerOptions = {},
): PackedWorker {
  let loading: Promise<Hono> | undefined
  const endings = new Endings()

  async function load(env: unknown): Promise<Hono> {
    const textOf = (name: string): string | undefined => {
      const value = binding(env, name)
      return typeof value === 'string' ? value : undefined
    }
    const { runtime } = await loadPacked(pack, {
      pool: { maxBytes: POOL_BYTES },
      line: { byRequest: true },
      bodies: { maxBytes: MAX_BODY_BYTES, maxBytesByAgent: MAX_BODY_BYTES },
      ...options,
      environment: textOf,
      drivers: { http: webFetch(), secrets: bindingSecrets(textOf), ...drivers },
      onInvocation: (record) => {
        endings.ended(record.id)
        options.onInvocation?.(record)
      },
    })
    const app = new Hono()
    const token = textOf('MAYFLY_TOKEN')
    if (token !== undefined && token !== '')
      app.route('/', controlPlane(runtime, { access: { state: 'token', token } }))
    return app.route('/', dataPlane(runtime))
  }

  return {
    async fetch(request, env, context) {
      // A failure is not kept: the next request tries again.
      loading ??= load(env).catch((error: unknown) => {
        loading = undefined
        throw error
      })
      const response = await (await loading).fetch(request)
      // A guest may go on after its answer: the platform keeps the isolate for it.
      const end = endings.of(response.headers.get('x-request-id') ?? '')
      if (end !== undefined) context.waitUntil(end)
      return response
    },
  }
}

function bindingOf(env: unknown, name: string): unknown {
  if (typeof env !== 'object' || env === null || !Object.hasOwn(env, name)) return undefined
  return Object.entries(env).find(([key]) => key === name)?.[1]
}

function bindingSecrets(textOf: (name: string) => string | undefined): SecretDriver {
  return {
    name: 'bindings',
    get(name): Secret | undefined {
      const value = textOf(name)
      return value === undefined ? undefined : { value }
    },
    hint: (name) => `Set it: npx wrangler secret put ${name}`,
  }
}
