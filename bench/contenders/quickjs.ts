/**
 * QuickJS in WebAssembly as npm offers it: quickjs-wasi, created or restored from a snapshot for each
 * request, and quickjs-emscripten, a new context in a shared instance.
 *
 * @module
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { QuickJS } from 'quickjs-wasi'
import type { AgentRequest } from './agent-message.ts'
import { answerScript, readAnswer, requestText, type Answer, type Contender } from './contender.ts'

export const quickjsWasiCreate: Contender = {
  name: 'quickjs-wasi, create',
  isolation: 'a new instance',
  async open(source) {
    const wasm = await compileWasi()
    const script = answerScript(source)
    return {
      async answer(request): Promise<Answer> {
        using engine = await QuickJS.create({ wasm })
        engine.evalCode(script).dispose()
        return ask(engine, request)
      },
    }
  },
}

export const quickjsWasiRestore: Contender = {
  name: 'quickjs-wasi, restore',
  isolation: 'a new instance from a snapshot',
  async open(source) {
    const wasm = await compileWasi()
    using engine = await QuickJS.create({ wasm })
    engine.evalCode(answerScript(source)).dispose()
    const snapshot = engine.snapshot()
    return {
      async answer(request): Promise<Answer> {
        using restored = await QuickJS.restore(snapshot, { wasm })
        return ask(restored, request)
      },
    }
  },
}

export const quickjsEmscripten: Contender = {
  name: 'quickjs-emscripten',
  isolation: 'a new context, instance shared',
  async open(source) {
    const { newQuickJSWASMModule } = await import('quickjs-emscripten')
    const module = await newQuickJSWASMModule()
    const script = answerScript(source)
    return {
      answer(request): Answer {
        using context = module.newContext()
        context.unwrapResult(context.evalCode(script)).dispose()
        const call = `answer(${JSON.stringify(requestText(request))})`
        using result = context.unwrapResult(context.evalCode(call))
        return readAnswer(context.getString(result))
      },
    }
  },
}

function compileWasi(): Promise<WebAssembly.Module> {
  const path = createRequire(import.meta.url).resolve('quickjs-wasi/quickjs.wasm')
  return readFile(path).then((bytes) => WebAssembly.compile(bytes))
}

function ask(engine: QuickJS, request: AgentRequest): Answer {
  using result = engine.evalCode(`answer(${JSON.stringify(requestText(request))})`)
  return readAnswer(result.toString())
}
