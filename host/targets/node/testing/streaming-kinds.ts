/**
 * Kinds of guests that stream bodies, each with the same agents: `echo` answers with the body of its request, `early` without
 * a look at it, `relay` with what another server answers, and `upload` sends the body of its request there.
 *
 * @module
 */
import { join } from 'node:path'
import { scriptAgent } from '../../../toolchain/testing/script-agent.ts'
import { manifestFromObject } from '../../../../runtime/manifest/index.ts'
import {
  EARLY,
  ECHO,
  RELAY,
  streamingAgent,
  UPLOAD,
} from '../../../../runtime/serve/testing/streaming-agent.ts'
import {
  ANSWER,
  END,
  HELLO,
  INPUT,
  proxyTo,
  RESPONSE,
  service,
  uploadTo,
} from '../../../../runtime/wasi/testing/service.ts'
import {
  AT_ONCE,
  FORWARD,
  PASS_ON,
  streamingService,
} from '../../../../runtime/wasi/testing/streaming-service.ts'
import { buildAgent } from '../../../toolchain/index.ts'
import type { AgentBundle } from '../index.ts'

export type Role = 'echo' | 'early' | 'relay' | 'upload'

/** A kind of guest: the component for each role that it has, given the authority of the other server. */
export interface StreamingKind {
  readonly name: string
  readonly roles: Partial<Record<Role, (authority: string) => Promise<Uint8Array>>>
  /** Whether an answer that has begun says at its end how the other body ended, such as [12], in place of breaking off. */
  readonly tellsEnd: boolean
  /**
   * The roles that pass trailers on. The others drop them: a `Response` of the Web has none.
   *
   * @default []
   */
  readonly trailers?: readonly Role[]
  /**
   * Whether its agents import all that any of them needs, and find their role in their configuration.
   *
   * @default false
   */
  readonly isConfigured?: boolean
}

const SPLICE = `${RESPONSE} ${INPUT} ${ANSWER}
  (loop $more
    (call $splice (local.get $s) (local.get $i) (i64.const 65536) (i32.const 16))
    (br_if $more (i32.eqz (i32.load8_u (i32.const 16)))))
  ${END}`

const BODIES = ['request-body', 'response-body'] as const
const ALL = [...BODIES, 'http'] as const

/** An agent in JavaScript that answers with the value of `answer`, in which `r` is the request. */
export function script(answer: string): Promise<Uint8Array> {
  const source = `import { serve } from 'mayfly/guest/serve'
    export const handler = serve(async (r) => ${answer})`
  return scriptAgent(source)
}

export const STREAMING_KINDS: readonly StreamingKind[] = [
  {
    name: 'javascript',
    roles: {
      echo: () => script('new Response(r.body)'),
      early: () => script(`new Response('hello')`),
      relay: (authority) => script(`fetch('http://${authority}/')`),
      upload: (authority) =>
        script(`fetch('http://${authority}/', { method: 'POST', body: r.body, duplex: 'half' })`),
    },
    tellsEnd: false,
  },
  {
    name: 'mayfly',
    roles: {
      echo: () => streamingAgent(ECHO, BODIES),
      early: () => streamingAgent(EARLY, BODIES),
      relay: (authority) => streamingAgent(RELAY, ALL, `http://${authority}/`),
      upload: (authority) => streamingAgent(UPLOAD, ALL, `http://${authority}/`),
    },
    tellsEnd: true,
  },
  {
    name: 'wasi-2',
    roles: {
      echo: () => service(SPLICE),
      early: () => service(`${RESPONSE} ${ANSWER} ${HELLO} ${END}`),
      relay: (authority) => service(proxyTo(authority), true),
      upload: (authority) => service(uploadTo(authority), true),
    },
    tellsEnd: false,
    trailers: ['relay'],
  },
  {
    name: 'wasi-3',
    roles: {
      echo: () => streamingService(PASS_ON),
      early: () => streamingService(AT_ONCE),
      // Requests of this kind go where the client says.
      relay: () => streamingService(FORWARD, true),
      upload: () => streamingService(FORWARD, true),
    },
    tellsEnd: false,
    trailers: ['echo', 'relay', 'upload'],
  },
  assemblyScript('streaming-as'),
  assemblyScript('streaming-waiting-as'),
]

/** One component for all roles: its configuration says which one it has. */
function assemblyScript(name: string): StreamingKind {
  const fixture = '../../../../components/guest/fixture'
  const directory = join(import.meta.dirname, fixture, name)
  const build = async (): Promise<Uint8Array> => (await buildAgent({ directory })).component
  const roles = { echo: build, early: build, relay: build, upload: build }
  return { name, roles, tellsEnd: false, isConfigured: true }
}

const MANY = 2 ** 31

/** The agents of `kind`, each at `/<kind>-<role>/`. */
export function streamingAgents(
  { name: kind, roles, isConfigured = false }: StreamingKind,
  authority: string,
): Promise<AgentBundle[]> {
  const [host = '', port] = authority.split(':')
  const rule = { host, port: Number(port), scheme: 'http', network: 'loopback' }
  return Promise.all(
    Object.entries(roles).map(async ([role, build]) => {
      const asks = isConfigured || role === 'relay' || role === 'upload'
      const capabilities = {
        ...(asks ? { http: [{ ...rule, methods: ['GET', 'POST', 'HEAD'] }] } : {}),
        ...(isConfigured ? { config: { ROLE: role, UP: `http://${authority}/` } } : {}),
      }
      const limits = {
        requestBodyBytes: MANY,
        responseBodyBytes: MANY,
        inboundBytes: MANY,
        outboundBytes: MANY,
        connectionMs: 3_600_000,
        deadlineMs: 600_000,
      }
      const name = `${kind}-${role}`
      const manifest = manifestFromObject({ name, limits, capabilities })
      const component = new Uint8Array(await build(authority))
      return { manifest, component, revision: name }
    }),
  )
}
