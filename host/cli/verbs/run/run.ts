/**
 * `mayfly run`: a component that is a program, connected to the streams of this process.
 *
 * @module
 */

import { existsSync } from 'node:fs'
import { Readable } from 'node:stream'
import type { ByteSink } from '../../../../runtime/host-module/index.ts'
import { MayflyError, printableLines } from '../../../../runtime/errors/index.ts'
import { createLogger } from '../../../targets/node/index.ts'
import { SourceMaps } from '../../../source-maps/index.ts'
import { bundleAgent } from '../../agent-bundle.ts'
import { BUILD_OPTIONS, BUILD_USAGE, buildOptions } from '../../build-options.ts'
import { ENV_OPTIONS, ENV_USAGE, fileVariables, folderOf } from '../../env-files.ts'
import { localRuntime } from '../../local-runtime.ts'
import { printReceipt } from '../../print-receipt.ts'
import { isRequestOnly, lastFailure, runRequest } from './run-request.ts'
import type { Verb } from '../../verb.ts'

export const verb: Verb = {
  name: 'run',
  summary: 'Run a component that is a program, or print the receipt of a run.',
  usage: `Usage: mayfly run [options] PATH [--] [ARGUMENT...]
       mayfly run receipt ID [DIR]

PATH is a program: a component that exports wasi:cli/run, a module for WASI 0.1, or a folder whose
agent.json names or builds one. It has standard input, output and error of mayfly, the arguments after PATH
as they are, and nothing else of this machine but what its agent.json grants: capabilities.config is its
environment. Exits with its exit code; with 1 when it traps or passes a limit.

An agent that answers requests instead gets standard input as the body of a POST, and the body of its
response is standard output. Programs in JavaScript that were written for Javy are such agents.

The second form prints the signed receipt of a request, as mayfly audit receipt does.

  --store DIR         Directory of the agent's stores and files. Default: in memory
  --host-data DIR     Data directory of a host, for the secrets in it alone. Default: .mayfly/data
${ENV_USAGE}
                      Read before: .env and .env.local of this folder, then of the program's
${BUILD_USAGE}

Example: echo text | mayfly run program.wasm --count 3`,
  options: {
    store: { type: 'string' },
    'host-data': { type: 'string' },
    ...ENV_OPTIONS,
    ...BUILD_OPTIONS,
  },
  passesArguments: true,
  async run({ values, positionals: [path, ...args] }) {
    const { store, 'host-data': dataDirectory } = values
    if (path === 'receipt') return printReceipt(args)
    if (path === undefined || !existsSync(path)) {
      const what =
        path === undefined ? 'nothing: no path given' : `"${path}": no such file or folder`
      throw new MayflyError('ERR_USAGE', `Cannot run ${what}`, { hint: 'mayfly run PROGRAM.wasm' })
    }
    const variables = fileVariables({ values }, ['.', folderOf(path)])
    const bundle = await bundleAgent(path, buildOptions({ values }))
    const maps = new SourceMaps()
    const { note, failure } = lastFailure(maps)
    const runtime = localRuntime({
      logger: createLogger('warn'),
      maps,
      store: typeof store === 'string' ? store : undefined,
      dataDirectory: typeof dataDirectory === 'string' ? dataDirectory : undefined,
      variables,
      log: {
        write({ agent: name, digest, message: written }) {
          const message = maps.map({ name, digest }, written)
          // A program that reads it gets the bytes; a terminal would act on some of them.
          const line = process.stderr.isTTY ? printableLines(message) : message
          process.stderr.write(`${line}\n`)
        },
      },
      onInvocation: note,
    })
    const gone = new AbortController()
    process.stdout.once('error', () => gone.abort())
    try {
      const agent = await runtime.load(bundle)
      maps.keep(agent, bundle.sourceMap)
      // The cast: Node types the same class twice.
      const stdin = Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>
      if (isRequestOnly(agent)) {
        if (args.length > 0) {
          throw new MayflyError(
            'ERR_USAGE',
            `Cannot pass arguments to "${agent.name}": no program`,
            {
              hint: 'It answers requests: give it standard input, or use mayfly call',
            },
          )
        }
        const { stdout } = process
        return await runRequest(agent, { stdin, stdout, signal: gone.signal, failure })
      }
      const { exitCode } = await agent.run({
        args,
        stdin,
        stdout: sinkOf(process.stdout),
        stderr: sinkOf(process.stderr),
        signal: gone.signal,
      })
      return exitCode
    } finally {
      // A program may leave input unread. Nothing else reads it, and it would keep the process alive.
      process.stdin.destroy()
      await runtime.close()
    }
  },
}

function sinkOf(stream: NodeJS.WriteStream): ByteSink {
  return {
    room: () => Math.max(0, stream.writableHighWaterMark - stream.writableLength),
    write: (bytes) => void stream.write(bytes),
    wait: () =>
      new Promise((resolve) => {
        if (!stream.writableNeedDrain) return resolve()
        stream.once('drain', resolve)
        stream.once('close', resolve)
      }),
  }
}
