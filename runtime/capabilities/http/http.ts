/**
 * Outbound HTTP to the hosts the manifest grants, bounded in requests, bytes and time.
 *
 * The guest learns that it was denied, not why. The operator gets the rule that would have allowed it.
 *
 * @module
 */

import {
  GuestError,
  HttpGrant,
  httpSender,
  keepAsBlob,
  pendingOf,
  type Capability,
  type ConfiguredCapability,
  type HttpDriver,
  type HttpSend,
  type Imports,
  type InvocationContext,
  type PendingSet,
  type SecretDriver,
} from '../../host-module/index.ts'
import type { HttpRule } from '../../manifest/index.ts'
import { openExchange, type GuestRequest, type GuestResponse } from './exchange.ts'

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
   * @default 1_048_576
   */
  maxRequestBytes?: number
  /**
   * Body of one response, in bytes.
   *
   * @default 8_388_608
   */
  maxResponseBytes?: number
  /**
   * Milliseconds until a response, redirects included, must have been read.
   *
   * @default 10_000
   */
  timeoutMs?: number
  /**
   * Where the secrets come from that rules put into headers.
   *
   * @default none: a rule that names one is refused
   */
  secrets?: SecretDriver
}

type Limits = Required<Omit<HttpOptions, 'secrets'>>

export function http(
  driver: HttpDriver,
  {
    maxPending = 16,
    maxRequestBytes = 1_048_576,
    maxResponseBytes = 8_388_608,
    timeoutMs = 10_000,
    secrets,
  }: HttpOptions = {},
): Capability {
  const limits = { maxPending, maxRequestBytes, maxResponseBytes, timeoutMs }
  return {
    name: 'http',
    interfaces: ['mayfly:agent/http'],
    sockets: driver.sockets,
    example: '"http": [{ "host": "api.example.com" }]',
    configure({ agent, grant, countUse }): ConfiguredCapability {
      // The manifest's parser has checked the shape.
      const rules = (grant ?? []) as readonly HttpRule[]
      const live = new HttpGrant(rules, countUse)
      const send = httpSender(rules, { agent, driver, secrets })
      return {
        granted: rules.length > 0,
        prepare: (context) => prepare(context, send, live, limits),
        attenuate: (narrowed) => live.attenuate((narrowed ?? []) as readonly HttpRule[]),
        async [Symbol.asyncDispose]() {},
      }
    },
  }
}

function prepare(
  context: InvocationContext,
  send: HttpSend,
  grant: HttpGrant,
  limits: Limits,
): Imports {
  const responses = new Map<number, Promise<GuestResponse>>()
  const aborts = new Map<number, AbortController>()
  const { budget, held } = context
  let pending: PendingSet | undefined

  function open(request: GuestRequest, signal: AbortSignal): () => Promise<GuestResponse> {
    if (request.body.length > limits.maxRequestBytes) limited('Request body', 'maxRequestBytes')
    return openExchange(request, {
      send,
      grant,
      signal,
      timeoutMs: limits.timeoutMs,
      maxResponseBytes: limits.maxResponseBytes,
      budget,
      held,
      work: (kind, amount) => context.work(kind, amount),
      report({ method, hint, inManifest, ...hop }) {
        const place = `in the agent.json of "${context.agent}"`
        context.record({
          capability: 'http',
          action: method,
          ...hop,
          ...(hint === undefined ? {} : { hint: inManifest === true ? `${hint}, ${place}` : hint }),
        })
      },
    })
  }

  function limited(noun: string, option: string): never {
    context.record({
      capability: 'http',
      action: 'send',
      target: option,
      outcome: 'limited',
      hint: `${noun} above ${option} of the http capability`,
    })
    throw new GuestError('limited')
  }

  /** It is the guest's from here on. */
  async function handOver(response: Promise<GuestResponse>): Promise<GuestResponse> {
    const arrived = await response
    held.give(arrived.body.length)
    return arrived
  }

  function spend(number: number): void {
    responses.delete(number)
    aborts.delete(number)
    pending?.delete(number)
  }

  return {
    'mayfly:agent/http': {
      send: (request: GuestRequest) => handOver(open(request, context.signal)()),
      start: (request: GuestRequest) => {
        if (responses.size >= limits.maxPending) limited('Pending requests', 'maxPending')
        const abort = new AbortController()
        const run = open(request, AbortSignal.any([context.signal, abort.signal]))
        const response = run()
        // A failure nobody takes is no unhandled rejection: the record has it.
        response.catch(() => {})
        pending ??= pendingOf(context)
        const number = pending.add(response)
        responses.set(number, response)
        aborts.set(number, abort)
        return number
      },
      take: (number: number) => {
        const response = responses.get(number)
        if (response === undefined) throw new GuestError('unknown')
        spend(number)
        return handOver(response)
      },
      takeBlob: async (number: number) => {
        const response = responses.get(number)
        if (response === undefined) throw new GuestError('unknown')
        spend(number)
        const { status, headers, body } = await handOver(response)
        return { status, headers, body: keepAsBlob(body, context, 'response') }
      },
      cancel: (number: number) => {
        aborts.get(number)?.abort()
        const response = responses.get(number)
        // It may have arrived before.
        if (response !== undefined) handOver(response).catch(() => {})
        spend(number)
      },
    },
  }
}
