/** Extism: a plug-in made for each request. It runs WebAssembly, so the handler is its AssemblyScript twin. @module */
import { extismPlugin } from '../suites/agents/subjects/components.ts'
import { readAnswer, requestText, type Answer, type Contender } from './contender.ts'

export const extism: Contender = {
  name: 'extism (AssemblyScript)',
  isolation: 'a new plug-in',
  async open() {
    const { default: createPlugin } = await import('@extism/extism')
    const module = await WebAssembly.compile(await extismPlugin())
    return {
      async answer(request): Promise<Answer> {
        const plugin = await createPlugin({ wasm: [{ module }] }, { useWasi: false })
        try {
          const output = await plugin.call('answer', requestText(request))
          return readAnswer(output?.text() ?? '')
        } finally {
          await plugin.close()
        }
      },
    }
  },
}
