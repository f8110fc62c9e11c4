/**
 * Sends a request that a rule has allowed, with the headers the rule adds, and takes secrets out of the response.
 *
 * It is the last step before the driver, for every capability that sends HTTP. A secret is put in when the guest can no
 * longer see the request, and taken out before it sees the response. So no guest, log or audit record ever holds one.
 *
 * @module
 */

import { MayflyError } from '../../errors/index.ts'
import type { HttpRule, Network } from '../../policy/index.ts'
import type { ContentDecoder } from './content-decoder.ts'
import { HttpRefusal, type HttpAsked, type HttpDriver, type HttpReply } from './driver.ts'
import type { HttpDriverOptions } from './driver-options.ts'
import { Redactor } from './redactor.ts'
import { cancelReply, checkedReply, toReply, toRequest, withHeaders } from './reply.ts'
import type { SecretDriver } from './secret.ts'
import { unlessStopped, type Stoppable } from './unless-stopped.ts'
import type { WebSocketAsked } from './websocket-driver.ts'
import { openChannel, type OpenedChannel, type WebSocketSendOptions } from './websocket-sender.ts'
import { hasTrailers, setTrailers, trailersOf } from '../../host-module/trailers.ts'

export interface HttpSenderContext {
  readonly agent: string
  readonly driver: HttpDriver
  /** @default there are none */
  readonly secrets?: SecretDriver | undefined
}

/** Sends requests that a rule allows, with the headers of the rule. */
export interface HttpSender {
  /** Sets the headers on `request`. */
  send(
    request: Request,
    rule: HttpRule,
    work: Stoppable,
    options?: HttpSendOptions,
  ): Promise<Response>
  /** The same with plain values. The reply is there at once when the driver answers so, and then an error is thrown at once. */
  ask(
    request: HttpAsked,
    rule: HttpRule,
    work: Stoppable,
    options?: HttpSendOptions,
  ): HttpReply | Promise<HttpReply>
  /**
   * Opens a WebSocket.
   *
   * @throws {HttpRefusal}, {Error}
   */
  connect(
    asked: WebSocketAsked,
    rule: HttpRule,
    work: Stoppable,
    options: WebSocketSendOptions,
  ): Promise<OpenedChannel>
}

export interface HttpSendOptions {
  /** Gets the number of response bytes that were searched for secrets, because the invocation pays for the search. */
  onSearch?(bytes: number): void
  /**
   * Decodes the response, before it is searched for secrets.
   *
   * @default none: it stays as it came
   */
  readonly decoder?: ContentDecoder | undefined
}

/** The headers of a rule, with their secrets. */
type Filled = readonly (readonly [name: string, value: string])[]

const NONE: Filled = []

/**
 * Reads the secrets that `rules` name.
 *
 * @throws {MayflyError} ERR_HOST_UNAVAILABLE, ERR_MANIFEST_INVALID
 */
export async function httpSender(
  rules: readonly HttpRule[],
  { agent, driver, secrets }: HttpSenderContext,
): Promise<HttpSender> {
  const values = new Map<string, string>()
  // By the templates, not the rule: a rule that was narrowed while it runs is another one with the same.
  const headers = new Map<HttpRule['headers'], Filled>()
  for (const [index, rule] of rules.entries()) {
    const context = { agent, rule, name: `http[${index}]`, secrets, values }
    const filled: [name: string, value: string][] = []
    for (const [name, template] of Object.entries(rule.headers ?? {}))
      filled.push([name, await fill(template, context)])
    if (filled.length > 0) headers.set(rule.headers, filled)
  }
  const redactor = values.size === 0 ? undefined : new Redactor([...values.values()])

  function optionsFor(network: Network, work: Stoppable): HttpDriverOptions {
    return {
      agent,
      network,
      get signal() {
        return work.signal
      },
    }
  }

  function arrival(request: Request, network: Network, work: Stoppable): Promise<Response> {
    // A late response has no reader: its connection would stay open.
    return unlessStopped(driver.fetch(request, optionsFor(network, work)), work, cancelBody)
  }

  async function send(
    request: Request,
    rule: HttpRule,
    work: Stoppable,
    { onSearch, decoder }: HttpSendOptions = {},
  ): Promise<Response> {
    const isSecret = inject(request, rule, headers.get(rule.headers) ?? NONE)
    if (redactor === undefined) {
      const response = await arrival(request, rule.network, work)
      return decoder?.decode(response) ?? response
    }
    try {
      const arrived = await arrival(request, rule.network, work)
      const response = decoder?.decode(arrived) ?? arrived
      const isDecoded = decoder?.hasDecoded === true
      return await redact(response, redactor, { isSecret, isDecoded, onSearch })
    } catch (error) {
      if (error instanceof HttpRefusal || !(error instanceof Error)) throw error
      // No cause: it may hold the request.
      throw new Error(redactor.text(error.message))
    }
  }

  function ask(
    asked: HttpAsked,
    rule: HttpRule,
    work: Stoppable,
    options: HttpSendOptions = {},
  ): HttpReply | Promise<HttpReply> {
    if (redactor !== undefined || driver.exchange === undefined)
      return send(toRequest(asked), rule, work, options).then(toReply)
    const filled = headers.get(rule.headers)
    const request = filled === undefined ? asked : withHeaders(asked, filled)
    const reply = driver.exchange(request, optionsFor(rule.network, work))
    const { decoder } = options
    if (!('then' in reply)) return checkedReply(reply, decoder)
    return unlessStopped(reply, work, cancelReply).then((arrived) => checkedReply(arrived, decoder))
  }

  return {
    send,
    ask,
    connect: (asked, rule, work, options) =>
      openChannel(asked, work, {
        ...options,
        driver,
        filled: headers.get(rule.headers) ?? NONE,
        redactor,
        options: optionsFor(rule.network, work),
      }),
  }
}

function cancelBody({ body }: Response): void {
  body?.cancel().catch(() => {})
}

const PLACEHOLDER = /\{secret:([A-Za-z_][A-Za-z0-9_]*)\}/g

// Shorter ones occur by chance, so that taking them out would spoil responses and betray them.
const MIN_SECRET_LENGTH = 8
const VISIBLE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/

interface FillContext {
  readonly agent: string
  readonly rule: HttpRule
  readonly name: string
  readonly secrets: SecretDriver | undefined
  readonly values: Map<string, string>
}

async function fill(template: string, context: FillContext): Promise<string> {
  for (const [, name = ''] of template.matchAll(PLACEHOLDER))
    context.values.set(name, await read(name, context))
  return template.replaceAll(PLACEHOLDER, (_, name: string) => context.values.get(name) ?? '')
}

async function read(
  name: string,
  { agent, rule, name: where, secrets }: FillContext,
): Promise<string> {
  const cannot = `Cannot use secret "${name}" for agent "${agent}"`
  const secret = await secrets?.get(name, agent)
  if (secret === undefined) {
    throw new MayflyError('ERR_HOST_UNAVAILABLE', `${cannot}: not set`, {
      hint: secrets?.hint(name) ?? 'Give the runtime a driver for secrets',
      facts: { agent, secret: name },
    })
  }
  const { value, hosts } = secret
  if (value.length < MIN_SECRET_LENGTH || !VISIBLE.test(value)) {
    const state = `not ${MIN_SECRET_LENGTH} or more visible characters of ASCII`
    throw new MayflyError('ERR_HOST_UNAVAILABLE', `${cannot}: ${state}`, {
      hint: 'Set another value: a shorter one could not be told from other text in a response',
    })
  }
  if (hosts !== undefined && !hosts.some((pattern) => covers(pattern, rule.host))) {
    throw new MayflyError('ERR_CAPABILITY_DENIED', `${cannot}: not for host "${rule.host}"`, {
      hint: `Take it out of ${where} in agent.json, or add "${rule.host}" to the hosts of the secret`,
    })
  }
  if (rule.scheme === 'http' && rule.network === 'public') {
    throw new MayflyError('ERR_CAPABILITY_DENIED', `${cannot}: ${where} sends it in clear`, {
      hint: `Set "scheme": "https" in ${where} of agent.json`,
    })
  }
  return value
}

/** Whether all that `host`, of a rule, stands for lies in `pattern`, of a secret. */
function covers(pattern: string, host: string): boolean {
  return pattern === host || (pattern.startsWith('*.') && host.endsWith(pattern.slice(1)))
}

/** Sets the headers of the rule, in place of the guest's. Returns whether a secret is among them. */
function inject({ headers }: Request, rule: HttpRule, filled: Filled): boolean {
  for (const [name, value] of filled) headers.set(name, value)
  const isSecret = filled.some(([name, value]) => rule.headers?.[name] !== value)
  if (isSecret) {
    // A compressed or partial response cannot be searched: a guest could put the echo together.
    headers.set('accept-encoding', 'identity')
    for (const name of ['range', 'if-range']) headers.delete(name)
  }
  return isSecret
}

interface Redaction {
  /** Whether a secret was sent. */
  readonly isSecret: boolean
  /** Whether the body is no longer encoded. */
  readonly isDecoded: boolean
  readonly onSearch: HttpSendOptions['onSearch']
}

async function redact(
  response: Response,
  redactor: Redactor,
  { isSecret, isDecoded, onSearch }: Redaction,
): Promise<Response> {
  const encoding = response.headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity'
  if (isSecret && !isDecoded && encoding !== 'identity') {
    await response.body?.cancel()
    throw new Error(`The response is encoded as "${encoding}" and cannot be searched for secrets`)
  }
  const headers = redactor.fields(response.headers, { onSearch })
  const declared = isDecoded ? null : response.headers.get('content-length')
  const stream = redactor.stream({ onSearch, ...(declared && { length: Number(declared) }) })
  const redacted = new Response(response.body?.pipeThrough(stream) ?? null, {
    status: response.status,
    headers,
  })
  if (hasTrailers(response)) {
    const trailers = trailersOf(response).then(
      (each) => each && redactor.fields(each, { onSearch }),
    )
    // The guest may never read them.
    trailers.catch(() => {})
    setTrailers(redacted, trailers)
  }
  return redacted
}
