/**
 * `mayfly call`: one request to an agent, or a call of one of its exports, without a server.
 *
 * Only the body of the response goes to stdout, byte for byte, so that it can be piped. On a terminal, characters that
 * would control it are shown as text.
 *
 * @module
 */

import { MayflyError, printableJson, printableLines } from '../../../../runtime/errors/index.ts'
import type { WebRequest } from '../../../../runtime/host-module/index.ts'
import { isBodyless } from '../../../../runtime/policy/index.ts'
import { createLogger, logInvocation } from '../../../targets/node/index.ts'
import { SourceMaps } from '../../../source-maps/index.ts'
import { bundleAgent } from '../../agent-bundle.ts'
import { BUILD_OPTIONS, BUILD_USAGE, buildOptions } from '../../build-options.ts'
import { ENV_OPTIONS, ENV_USAGE, fileVariables, folderOf } from '../../env-files.ts'
import { headerLines } from '../../header-lines.ts'
import { callExport } from './call-export.ts'
import { localRuntime } from '../../local-runtime.ts'
import type { ParsedArguments, Verb } from '../../verb.ts'
import { findTools } from '../../watching/index.ts'

export const verb: Verb = {
  name: 'call',
  summary: 'Send one request to an agent, or call an export, without a server.',
  usage: `Usage: mayfly call PATH [/URL-PATH | ?QUERY] [options]
       mayfly call PATH FUNCTION [ARGUMENT...]
       mayfly call PATH 'FUNCTION(ARGUMENT, ...)'

PATH is a folder with an agent.json, or a component (.wasm). Agents that it may call, its tools, are
found in the folders beside it. Prints the body of the response;
exits with 1 when its status is 400 or above.

  -X, --method METHOD   Default: GET, or POST with a body
  -H, --header LINE     "name: value"; may be given more than once
  -d, --data BODY       Body of the request
  --json                Print status, headers and body as one JSON object
  --store DIR           Directory of the agent's stores and files. Default: in memory
  --host-data DIR       Data directory of a host, for the secrets in it alone. Default: .mayfly/data
${ENV_USAGE}
                      Read before: .env and .env.local of this folder, then of the agent's
${BUILD_USAGE}

The second form calls an export, such as 'acme:math/ops#add', with JSON arguments and prints its result as
JSON. Integers of 64 bits may be strings, bytes are base64 or an array, cases are {"case": value}. Before
arguments that begin with "-" write --. The third form takes arguments and prints the result in WAVE, the
text form of WIT values: 'find({name: "Ada", tags: ["x"]}, some(3))'.

Example: mayfly call components/examples/hello '/?name=Ada'
         mayfly call math.wasm 'acme:math/ops#add' 40 2
         mayfly call math.wasm 'acme:math/ops#add(40, 2)'`,
  options: {
    method: { type: 'string', short: 'X' },
    header: { type: 'string', short: 'H', multiple: true },
    data: { type: 'string', short: 'd' },
    json: { type: 'boolean' },
    store: { type: 'string' },
    'host-data': { type: 'string' },
    ...ENV_OPTIONS,
    ...BUILD_OPTIONS,
  },
  async run(parsed) {
    const [path, typed = '/', ...args] = parsed.positionals
    // No function begins with it: it is the query of the path that is left out.
    const target = typed.startsWith('?') ? `/${typed}` : typed
    if (path === undefined) {
      throw new MayflyError('ERR_USAGE', 'Cannot call nothing: no path given', {
        hint: 'mayfly call DIR /path, where DIR has an agent.json',
      })
    }
    const request = target.startsWith('/') ? requestFrom(parsed, target) : undefined
    const variables = fileVariables(parsed, ['.', folderOf(path)])
    const build = buildOptions(parsed)
    // A tool that is not there fails when it is called, if it is.
    const { siblings } = findTools([path], build.root)
    const [bundle, ...tools] = await Promise.all([
      bundleAgent(path, build),
      ...siblings.map((sibling) => bundleAgent(sibling.path, build)),
    ])
    const maps = new SourceMaps()
    const logger = createLogger('info')
    const { store, 'host-data': dataDirectory } = parsed.values
    const runtime = localRuntime({
      logger,
      maps,
      store: typeof store === 'string' ? store : undefined,
      dataDirectory: typeof dataDirectory === 'string' ? dataDirectory : undefined,
      variables,
      onInvocation: (record) => logInvocation(logger, record, maps),
    })
    try {
      const agent = await runtime.load(bundle)
      maps.keep(agent, bundle.sourceMap)
      for (const tool of tools) maps.keep(await runtime.load(tool), tool.sourceMap)
      if (request === undefined) {
        console.log(printableJson(await callExport({ agent, target, args })))
        return 0
      }
      const response = await agent.fetch(request)
      await print(response, parsed.values['json'] === true)
      return response.status < 400 ? 0 : 1
    } finally {
      await runtime.close()
    }
  },
}

/** @throws {MayflyError} ERR_USAGE */
function requestFrom({ values }: ParsedArguments, path: string): WebRequest {
  const { data, method } = values
  const headers = headerLines(values['header'])
  const body = typeof data === 'string' ? data : undefined
  const fallback = body === undefined ? 'GET' : 'POST'
  const asked = typeof method === 'string' ? method.toUpperCase() : fallback
  // HTTP lets a GET have a body, and the Web's Request does not.
  const carries = body !== undefined && isBodyless(asked)
  try {
    const request = new Request(new URL(path, 'http://localhost'), {
      method: carries ? 'POST' : asked,
      headers,
      ...(body === undefined ? {} : { body }),
    })
    return carries ? withMethod(request, asked) : request
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new MayflyError('ERR_USAGE', `Cannot make the request: ${reason}`, { cause })
  }
}

function withMethod(request: Request, method: string): WebRequest {
  const { url, headers, body } = request
  return { method, url, headers, body, arrayBuffer: () => request.arrayBuffer() }
}

async function print(response: Response, asJson: boolean): Promise<void> {
  if (asJson) {
    const { status } = response
    const headers = [...response.headers]
    const body = await response.text()
    console.log(printableJson(JSON.stringify({ status, headers, body })))
    return
  }
  const { stdout } = process
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    stdout.write(stdout.isTTY ? printableLines(decoder.decode(chunk, { stream: true })) : chunk)
  }
}
