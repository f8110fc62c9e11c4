/**
 * A thread that loads agents for the threads that serve: it decodes, validates, rewrites and compiles components, and
 * initialises each once, or has a process do that. A failure or an endless loop there affects only this thread.
 *
 * @module
 */

import { parentPort, workerData } from 'node:worker_threads'
import { MayflyError } from '../../../runtime/errors/index.ts'
import { Runtime } from '../../../runtime/presets/index.ts'
import { encodeFault } from './encode-fault.ts'
import { trialSite } from './isolation/index.ts'
import { groupSettings, loadingOptions } from './loading-options.ts'
import type { FromLoader, LoaderConfiguration, ToLoader } from './protocol.ts'
import { beat } from './pulse.ts'

if (parentPort === null) throw new TypeError('Cannot run the loader outside a worker thread')
const main = parentPort
// The main thread passes nothing else.
const configuration = workerData as LoaderConfiguration
const { running } = beat(configuration.pulse)
// No agent is called here, so only the driver that a check of grants uses is needed.
const { isolation } = configuration
const runtime = new Runtime({
  ...loadingOptions(configuration),
  running,
  ...(isolation === undefined ? {} : { site: trialSite(isolation, groupSettings(configuration)) }),
})

main.on('message', (message: ToLoader) => void load(message))
send({ kind: 'up' })

async function load({ manifest, component, onlyIfKnown }: ToLoader): Promise<void> {
  try {
    if (onlyIfKnown && !(await runtime.knows(component))) throw unknown(manifest.name)
    send({ kind: 'prepared', prepared: await runtime.prepare({ manifest, component }) })
  } catch (error) {
    send({ kind: 'refused', error: encodeFault(error, 'Cannot load agent') })
  }
}

function unknown(agent: string): MayflyError {
  const message = `Cannot load agent "${agent}": no agent with its code was loaded here`
  return new MayflyError('ERR_COMPONENT_UNSUPPORTED', message)
}

function send(message: FromLoader): void {
  main.postMessage(message)
}
