/** Each engine with its real compiler. Tests of the common part are in `build-agent.test.ts`. @module */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { MayflyError } from '../../../runtime/errors/index.ts'
import { Runtime } from '../../../runtime/presets/index.ts'
import { HAS_PEERS, NEEDS_PEERS } from '../../../runtime/testing/peers.ts'
import { missingToolchain } from '../../../runtime/wasi/testing/compile-c.ts'
import { buildAgent, type BuildAgentOptions } from '../index.ts'
import { loadTemplate } from '../quickjs/template.ts'
import { findTool } from './run-tool.ts'

const ROOT = mkdtempSync(join(tmpdir(), 'mayfly-engines-'))
let folders = 0

const testWithPeers = test.runIf(HAS_PEERS)

// StarlingMonkey takes eight seconds on an idle machine.
vi.setConfig({ testTimeout: 120_000 })

afterAll(() => rmSync(ROOT, { recursive: true }))

function project(
  source: string,
  text: string,
  engine?: string,
  files: Readonly<Record<string, string>> = {},
): BuildAgentOptions {
  const directory = join(ROOT, `agent-${++folders}`)
  mkdirSync(directory)
  writeFileSync(join(directory, 'agent.json'), JSON.stringify({ name: 'hello', source, engine }))
  for (const [name, content] of Object.entries({ ...files, [source]: text }))
    writeFileSync(join(directory, name), content)
  return { directory, cacheDirectory: join(ROOT, 'cache') }
}

async function withPath<Value>(path: string, run: () => Promise<Value>): Promise<Value> {
  vi.stubEnv('PATH', path)
  try {
    return await run()
  } finally {
    vi.unstubAllEnvs()
  }
}

async function failure(options: BuildAgentOptions): Promise<MayflyError> {
  try {
    await buildAgent(options)
  } catch (error) {
    if (error instanceof MayflyError) return error
    throw error
  }
  throw new Error('was built')
}

async function answer(options: BuildAgentOptions, request: Request): Promise<string> {
  const runtime = new Runtime()
  try {
    const agent = await runtime.load(await buildAgent(options))
    return await (await agent.fetch(request)).text()
  } finally {
    await runtime.close()
  }
}

describe('assemblyscript', () => {
  const HELLO = `import { Request, Response, serve } from 'mayfly/guest/assemblyscript'
serve((request: Request): Response => Response.text('hello ' + request.path))
`

  test('builds a component of a few kilobytes that answers', async () => {
    const options = project('agent.as.ts', HELLO)
    const { component, cached } = await buildAgent(options)
    expect(cached).toBe(false)
    expect(component.length).toBeLessThan(16_384)
    expect(await answer(options, new Request('http://x/there'))).toBe('hello /there')
  })

  test('lists every problem with its place', async () => {
    const options = project('agent.as.ts', `${HELLO}nope()\nconst x: i32 = 'a'\n`)
    const { code, message } = await failure(options)
    expect(code).toBe('ERR_BUILD_FAILED')
    expect(message).toMatch(/^Cannot build agent "hello": 2 problems\n/)
    expect(message).toMatch(/agent\.as\.ts:3:1: Cannot find name 'nope'\.\n {4}3 \| nope\(\)/)
    expect(message).toMatch(/agent\.as\.ts:4:16: Type .* is not assignable/)
  })

  test('refuses a file that is not there', async () => {
    const { message } = await failure(project('agent.as.ts', "import { x } from './nope'\nx()\n"))
    expect(message).toMatch(/agent\.as\.ts:1:19: File '.*nope.*' not found/)
  })
})

const missing = missingToolchain()

describe.skipIf(missing !== undefined)(`c (${missing ?? 'clang'})`, () => {
  const ECHO = `#include <stdio.h>
#include "shout.h"
int main(void) {
  for (int c; (c = getchar()) != EOF;) putchar(shout(c));
}
`
  const files = {
    'shout.h': '#include <ctype.h>\nstatic int shout(int c) { return toupper(c); }\n',
  }

  test('builds a small component that answers, and again when a header changes', async () => {
    const options = project('agent.c', ECHO, undefined, files)
    const built = await buildAgent(options)
    expect([built.cached, built.manifest.engine]).toEqual([false, 'c'])
    expect(built.component.length).toBeLessThan(200_000)
    const request = (): Request => new Request('http://x/', { method: 'POST', body: 'loud' })
    expect(await answer(options, request())).toBe('LOUD')
    expect((await buildAgent(options)).cached).toBe(true)
    writeFileSync(join(options.directory, 'shout.h'), 'static int shout(int c) { return c + 1; }\n')
    expect(await answer(options, request())).toBe('mpve')
  })

  // The libc of Debian 12 takes memory for its own that the adapter has: see with-realloc.ts.
  testWithPeers(
    `allocates, with arguments, beside what the adapter keeps (${NEEDS_PEERS})`,
    async () => {
      const text = `#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv) {
  size_t length = 0, capacity = 1024;
  char *bytes = malloc(capacity);
  for (int c; (c = getchar()) != EOF; bytes[length++] = c)
    if (length == capacity) bytes = realloc(bytes, capacity *= 2);
  fprintf(stderr, "%d %s\\n", argc, argv[0]);
  fwrite(bytes, 1, length, stdout);
  return 0;
}
`
      const options = project('agent.c', text)
      for (const size of [10, 60_000, 900_000]) {
        const body = 'y'.repeat(size)
        const request = new Request('http://x/', { method: 'POST', body })
        expect((await answer(options, request)) === body, String(size)).toBe(true)
      }
    },
  )

  testWithPeers(`builds the same component anywhere (${NEEDS_PEERS})`, async () => {
    const [one, two] = await Promise.all(
      [0, 1].map((number) =>
        buildAgent({
          ...project('agent.c', ECHO, undefined, files),
          cacheDirectory: join(ROOT, `cache-${number}`),
        }),
      ),
    )
    expect(one?.digest).toBe(two?.digest)
  })

  test('lists every problem with its place', async () => {
    const text = '#include <stdio.h>\nint main(void) {\n\tputs(nope);\n  return "a"\n}\n'
    const { code, message } = await failure(project('agent.c', text))
    expect(code).toBe('ERR_BUILD_FAILED')
    expect(message).toMatch(/^Cannot build agent "hello": 2 problems\n/)
    expect(message).toMatch(/agent\.c:3:7: use of undeclared identifier 'nope'.*\n {4}3 \| \tputs/)
    expect(message).toMatch(/agent\.c:4:13: expected ';' after return statement/)
  })

  testWithPeers(`says what the linker does not find (${NEEDS_PEERS})`, async () => {
    const text = 'int absent(void);\nint main(void) { return absent(); }\n'
    const { message } = await failure(project('agent.c', text))
    expect(message).toMatch(/undefined symbol: absent/)
  })
})

describe('c', () => {
  test('says what to install when there is no clang', async () => {
    const { message, hint } = await withPath('', () =>
      failure(project('agent.c', 'int main(void) { return 0; }')),
    )
    expect(message).toContain('no "clang" on the path')
    expect(hint).toContain('apt install clang lld wasi-libc libclang-rt-dev-wasm32')
  })

  test('is refused for what is no C', async () => {
    await expect(buildAgent(project('agent.c', '', 'quickjs'))).rejects.toThrow(/agent\.c/)
    await expect(buildAgent(project('agent.js', '', 'c'))).rejects.toThrow(/agent\.js/)
  })
})

describe('javy', () => {
  const SHOUT = `const bytes = new Uint8Array(9)
const length = Javy.IO.readSync(0, bytes)
Javy.IO.writeSync(1, bytes.subarray(0, length))
`
  const compiler = findTool('javy')

  test.skipIf(compiler === undefined)(
    `compiles with Javy (${compiler ?? 'no "javy" on the path'})`,
    async () => {
      const options = project('agent.js', SHOUT, 'javy')
      const request = new Request('http://x/', { method: 'POST', body: 'typed' })
      expect(await answer(options, request)).toBe('typed')
    },
  )

  test('says where to find the compiler, and what to do without, when it is not there', async () => {
    const { code, message, hint } = await withPath('', () =>
      failure(project('agent.js', SHOUT, 'javy')),
    )
    expect(code).toBe('ERR_BUILD_FAILED')
    expect(message).toContain('no "javy" on the path')
    expect(hint).toMatch(/releases.*"engine": "quickjs"/)
  })
})

describe('quickjs', () => {
  const text = "export default { fetch: ({ url }) => new Response('hello ' + url) }"

  test('builds a component that answers', async () => {
    const options = project('agent.js', text)
    expect(await answer(options, new Request('http://x/there'))).toBe('hello http://x/there')
  })

  test('keeps one template, in the package, for builds of all projects', async () => {
    const builds = [1, 2, 3].map((n) => project('agent.js', text.replace('hello', `hello ${n}`)))
    const made = await Promise.all(builds.map((options) => buildAgent(options)))
    expect(new Set(made.map(({ digest }) => digest)).size).toBe(3)
    expect(existsSync(join(ROOT, 'cache', 'quickjs'))).toBe(false)
  })

  testWithPeers(
    `keeps it in the project when the package cannot be written (${NEEDS_PEERS})`,
    async () => {
      const cache = join(ROOT, 'own-cache')
      await Promise.all([1, 2].map(() => loadTemplate(cache, ['/dev/null/nowhere'])))
      expect(readdirSync(join(cache, 'quickjs'))).toHaveLength(1)
    },
  )
})

describe('componentize-qjs', () => {
  test('builds a component that answers', async () => {
    const text = "export default { fetch: ({ url }) => new Response('hello ' + url) }"
    const options = project('agent.js', text, 'componentize-qjs')
    expect(await answer(options, new Request('http://x/there'))).toBe('hello http://x/there')
  })

  testWithPeers(`shows where an agent throws while it is loaded (${NEEDS_PEERS})`, async () => {
    const text = "\nthrow new Error('boom')\nexport default {}\n"
    const { message } = await failure(project('agent.js', text, 'componentize-qjs'))
    expect(message).toMatch(/agent\.js:2:\d+: throws while it is loaded: boom\n {4}2 \| throw/)
  })
})

describe.runIf(HAS_PEERS)(`starlingmonkey (${NEEDS_PEERS})`, () => {
  test('makes a service of what listens to the event "fetch", with the Web APIs of the engine', async () => {
    const text = `let served = 0
addEventListener('fetch', (event) => event.respondWith(answer(event.request)))
async function answer(request) {
  const { searchParams } = new URL(request.url)
  if (searchParams.has('url')) return fetch(searchParams.get('url'))
  const hash = await crypto.subtle.digest('SHA-256', await request.arrayBuffer())
  return new Response(++served + ' ' + new Uint8Array(hash)[0] + ' ' + typeof CompressionStream)
}
`
    const built = await buildAgent(project('agent.js', text, 'starlingmonkey'))
    const runtime = new Runtime({
      drivers: { http: { name: 'test', fetch: async ({ url }) => new Response(`from ${url}`) } },
    })
    const http = [{ host: 'api.example.com' }]
    const closed = await runtime.load(built)
    const manifest = { ...built.manifest, name: 'granted', capabilities: { http } }
    const granted = await runtime.load({ component: built.component, manifest })
    const ask = async (agent: typeof closed, path: string): Promise<[number, string]> => {
      const response = await agent.fetch(new Request(`http://x${path}`))
      return [response.status, await response.text()]
    }
    for (let round = 0; round < 3; round++) {
      expect(await ask(closed, '/')).toEqual([200, '1 227 function'])
    }
    const outside = '/?url=https://api.example.com/a'
    expect(await ask(granted, outside)).toEqual([200, 'from https://api.example.com/a'])
    // Built without a grant it loads all the same, and is denied when it asks.
    expect((await ask(closed, outside))[0]).toBe(502)
    expect((await ask(granted, '/?url=https://other.example/'))[0]).toBe(502)
    await runtime.close()
  })

  test('builds an agent that reads the body of a request, which another realm has made', async () => {
    const text = `export default {
  async fetch(request) {
    return Response.json({ got: await request.json() })
  },
}
`
    const options = project('agent.js', text, 'starlingmonkey')
    const request = new Request('http://x/', { method: 'POST', body: '{"a":"ä"}' })
    expect(await answer(options, request)).toBe('{"got":{"a":"ä"}}')
  })

  test('builds a component that answers', async () => {
    const text = `export default {
  async fetch(request) {
    await null
    return new Response('hello ' + new URL(request.url).pathname)
  },
}
`
    const options = project('agent.js', text, 'starlingmonkey')
    expect(await answer(options, new Request('http://x/there'))).toBe('hello /there')
  })

  test('shows where an agent throws while it is loaded', async () => {
    const options = project(
      'agent.js',
      "\nthrow new Error('boom')\nexport default {}\n",
      'starlingmonkey',
    )
    const { message } = await failure(options)
    expect(message).toMatch(/agent\.js:2:7: throws while it is loaded: boom\n {4}2 \| throw/)
  })
})
