/**
 * Outbound HTTP to the hosts the manifest grants, bounded in requests, bytes and time.
 *
 * One client with three faces: `mayfly:agent/http` passes whole messages or streams, and follows redirects; `wasi:http`
 * streams; `mayfly:agent/websocket` opens connections that stay.
 * The same rules, limits and records hold for both. The guest learns that it was denied, not why. The operator gets
 * the rule that would have allowed it.
 *
 * @module
 */
import type { Capability, ConfiguredModule } from '../../host-module/index.ts'
import type { HttpRule } from '../../policy/index.ts'
import { HttpClient } from './client.ts'
import type { HttpDriver } from './driver.ts'
import { LiveRules } from './live-rules.ts'
import { mayflyFace } from './mayfly-face.ts'
import type { SecretDriver } from './secret.ts'
import { httpSender } from './sender.ts'
import { wasiFace } from './wasi-face.ts'
import { webSocketFace } from './websocket-face.ts'

export interface HttpOptions {
  /**
   * Requests one invocation may have started and not yet taken.
   *
   * @default 16
   */
  maxPending?: number
  /**
   * Body of one request, in bytes.
   *
   * @default 1_048_576; none for a streamed body, which counts for `limits.outboundBytes`
   */
  maxRequestBytes?: number
  /**
   * Size of a response body that is passed whole, in bytes. A streamed body counts for `limits.inboundBytes` only.
   *
   * @default 8_388_608
   */
  maxResponseBytes?: number
  /**
   * Milliseconds until a response, redirects included, must have been read. Where it is streamed: until it must have
   * begun, counted from the latest bytes that were sent of the request, and after that the longest time for which a
   * guest of `mayfly:agent/http` waits for more of it. A guest of `wasi:http` may ask for fewer.
   *
   * @default 10_000
   */
  timeoutMs?: number
  /**
   * One message over a WebSocket, either way, in bytes.
   *
   * @default 1_048_576
   */
  maxMessageBytes?: number
  /**
   * Milliseconds in which nothing came over a WebSocket, not even an answer to a ping, after which it has broken off.
   *
   * @default 60_000
   */
  idleMs?: number
  /**
   * Where the secrets come from that rules put into headers.
   *
   * @default none: a rule that names one is refused
   */
  secrets?: SecretDriver
}

// The host holds it in memory while it is sent.
const MAX_WHOLE_REQUEST_BYTES = 1_048_576

export function http(
  driver: HttpDriver,
  {
    maxPending = 16,
    maxRequestBytes,
    maxResponseBytes = 8_388_608,
    timeoutMs = 10_000,
    maxMessageBytes = 1_048_576,
    idleMs = 60_000,
    secrets,
  }: HttpOptions = {},
): Capability {
  const bounds = {
    maxRequestBytes: maxRequestBytes ?? MAX_WHOLE_REQUEST_BYTES,
    maxUploadBytes: maxRequestBytes ?? Infinity,
  }
  return {
    name: 'http',
    interfaces: [
      'mayfly:agent/http',
      'mayfly:agent/websocket',
      'wasi:http/outgoing-handler',
      'wasi:http/client@0.3',
    ],
    suspends: [
      ...['send', 'send-for-blob', 'open', 'take', 'take-blob'].map(
        (name) => `mayfly:agent/http#${name}`,
      ),
      ...['connect', ...['receive', 'send-text', 'send-binary'].map(methodOfConnection)].map(
        (name) => `mayfly:agent/websocket#${name}`,
      ),
      'wasi:http/client@0.3#send',
    ],
    sockets: driver.sockets,
    example: '"http": [{ "host": "api.example.com" }]',
    async configure({ agent, grant, countUse }): Promise<ConfiguredModule> {
      // The manifest's parser has checked the shape.
      const deployed = (grant ?? []) as readonly HttpRule[]
      const rules = new LiveRules(deployed, countUse)
      const sender = await httpSender(deployed, { agent, driver, secrets })
      return {
        // An empty list links: a component that was linked with a client runs, and is denied when it uses it.
        granted: grant !== undefined,
        prepare(context) {
          const client = new HttpClient({ rules, sender, ...bounds }, context)
          return {
            ...mayflyFace(client, context, { maxPending, maxResponseBytes, timeoutMs }),
            ...webSocketFace(client, context, { maxMessageBytes, idleMs, timeoutMs }),
            ...wasiFace(client, context, { timeoutMs }),
          }
        },
        attenuate: (left) => rules.attenuate((left ?? []) as readonly HttpRule[]),
        async [Symbol.asyncDispose]() {},
      }
    },
  }
}

function methodOfConnection(name: string): string {
  return `[method]connection.${name}`
}
