/**
 * Isolation inside V8: isolates of isolated-vm, contexts of node:vm, and none at all.
 *
 * @module
 */
import vm from 'node:vm'
import { Skipped } from '../suites/suite.ts'
import { answerScript, readAnswer, requestText, type Answer, type Contender } from './contender.ts'

export const isolatedVm: Contender = {
  name: 'isolated-vm',
  isolation: 'a fresh V8 isolate',
  async open(source) {
    const { freshIsolate } = await loadIsolatedVm()
    return { answer: freshIsolate(source) }
  },
}

export const isolatedVmSnapshot: Contender = {
  name: 'isolated-vm, snapshot',
  isolation: 'a V8 isolate from a heap snapshot',
  async open(source) {
    const { isolateFromSnapshot } = await loadIsolatedVm()
    return { answer: isolateFromSnapshot(source) }
  },
}

export const nodeVm: Contender = {
  name: 'node:vm',
  isolation: 'a new context (no boundary)',
  async open(source) {
    const script = new vm.Script(`${answerScript(source)}\nanswer(request)`)
    return {
      answer(request): Answer {
        const context = vm.createContext({ request: requestText(request) })
        return readAnswer(String(script.runInContext(context)))
      },
    }
  },
}

export const inProcess: Contender = {
  name: 'a plain function',
  isolation: 'none',
  async open(source) {
    const url = `data:text/javascript,${encodeURIComponent(source)}`
    // Every subject exports this.
    const { handler } = (await import(url)) as { handler: { handle(request: unknown): Answer } }
    return { answer: (request) => handler.handle(request) }
  },
}

async function loadIsolatedVm(): Promise<typeof import('./isolated-vm.ts')> {
  try {
    return await import('./isolated-vm.ts')
  } catch (error) {
    throw new Skipped(`isolated-vm does not load: ${String(error).slice(0, 120)}`)
  }
}
