/**
 * A real Chromium, driven by its own protocol over a WebSocket: https://chromedevtools.github.io/devtools-protocol/
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
)

/** Whether one is installed. */
export const HAS_CHROMIUM: boolean = CHROMIUM !== undefined

export interface Chromium extends AsyncDisposable {
  /** Loads `url` in a tab of its own and returns it once it has loaded. */
  open(url: string): Promise<Page>
}

export interface Page {
  /**
   * Runs `code` in the page as the body of an async function.
   *
   * @throws with the error that the code threw
   */
  run(code: string): Promise<unknown>
  /** Sends a command of the protocol to this tab, such as `Emulation.setEmulatedMedia`. */
  send(method: string, params?: object): Promise<Record<string, unknown>>
}

/** @param addresses - names, each with the address that they resolve to */
export async function chromium(
  addresses: Readonly<Record<string, string>> = {},
): Promise<Chromium> {
  const profile = mkdtempSync(join(tmpdir(), 'mayfly-chromium-'))
  const rules = Object.entries(addresses).map(([name, address]) => `MAP ${name} ${address}`)
  const child = spawn(CHROMIUM ?? 'chromium', [
    ...['--headless', '--no-sandbox', '--disable-gpu', '--remote-debugging-port=0'],
    ...[`--user-data-dir=${profile}`, `--host-resolver-rules=${rules.join()}`, 'about:blank'],
  ])
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const socket = await new Promise<string>((resolve, reject) => {
    let printed = ''
    child.stderr.on('data', (chunk) => {
      printed += String(chunk)
      const [, url] = /^DevTools listening on (\S+)/m.exec(printed) ?? []
      if (url !== undefined) resolve(url)
    })
    child.once('exit', () => reject(new Error(printed)))
  })
  const protocol = await connect(socket)
  return {
    async open(url) {
      const { targetId } = await protocol.send('Target.createTarget', { url: 'about:blank' })
      const attach = { targetId, flatten: true }
      const { sessionId } = await protocol.send('Target.attachToTarget', attach)
      // The cast: a session is a string.
      const session = sessionId as string
      await protocol.send('Page.enable', {}, session)
      const loaded = protocol.event('Page.loadEventFired', session)
      await protocol.send('Page.navigate', { url }, session)
      await loaded
      return {
        run: (code) => evaluate(protocol, session, code),
        send: (method, params = {}) => protocol.send(method, params, session),
      }
    },
    async [Symbol.asyncDispose]() {
      protocol.close()
      child.kill('SIGKILL')
      await ended
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function evaluate(protocol: Protocol, session: string, code: string): Promise<unknown> {
  // Errors of the Web lose their text on the way.
  const expression = `(async () => {
    try { return { value: await (async () => { ${code} })() } }
    catch (error) { return { error: String(error) } }
  })()`
  const options = { expression, awaitPromise: true, returnByValue: true }
  const answer = await protocol.send('Runtime.evaluate', options, session)
  // The cast: the expression returns nothing else, unless it does not parse.
  const { result } = answer as { result: { value?: { value?: unknown; error?: string } } }
  const { value, error } = result.value ?? { error: JSON.stringify(answer) }
  if (error !== undefined) throw new Error(error)
  return value
}

interface Protocol {
  send(method: string, params: object, session?: string): Promise<Record<string, unknown>>
  /** Settles when the event comes. */
  event(method: string, session: string): Promise<void>
  close(): void
}

interface Message {
  readonly id?: number
  readonly method?: string
  readonly sessionId?: string
  readonly result?: Record<string, unknown>
  readonly error?: { readonly message: string }
}

async function connect(url: string): Promise<Protocol> {
  const socket = new WebSocket(url)
  const calls = new Map<number, PromiseWithResolvers<Record<string, unknown>>>()
  const events = new Map<string, () => void>()
  let last = 0
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', reject)
  })
  socket.addEventListener('message', ({ data }) => {
    // The cast: the protocol sends nothing else.
    const { id, method, sessionId, result, error } = JSON.parse(String(data)) as Message
    if (id === undefined) return events.get(`${sessionId} ${method}`)?.()
    if (error === undefined) calls.get(id)?.resolve(result ?? {})
    else calls.get(id)?.reject(new Error(error.message))
    calls.delete(id)
  })
  return {
    send(method, params, sessionId) {
      const call = Promise.withResolvers<Record<string, unknown>>()
      calls.set(++last, call)
      socket.send(JSON.stringify({ id: last, method, params, sessionId }))
      return call.promise
    },
    event: (method, session) =>
      new Promise((resolve) => events.set(`${session} ${method}`, () => resolve())),
    close: () => socket.close(),
  }
}
