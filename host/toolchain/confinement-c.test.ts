/** Builds of agents in C that reach for files outside, and the like ones that stay inside. @module */
import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { HAS_PEERS, NEEDS_PEERS, withPeers } from '../../runtime/testing/peers.ts'
import { missingToolchain } from '../../runtime/wasi/testing/compile-c.ts'
import { findTool } from './languages/run-tool.ts'
import { built, failure, OUTSIDE, project, ROOT } from './testing/beside-secrets.ts'

type Case = readonly [way: string, source: string, place: RegExp]

const missing = missingToolchain()
const testWithPeers = test.runIf(HAS_PEERS)

describe.skipIf(missing !== undefined)(`a build of C (${missing ?? 'clang'})`, () => {
  const manifest = { source: 'agent.c' }
  const MAIN = '#include <stdio.h>\nint main(void) { puts(SECRET); return 0; }\n'

  test.each<Case>([
    ['#include', `#include "../secret.h"\n${MAIN}`, /agent\.c:1:1: Cannot read ".*secret\.h"/],
    ...withPeers<Case>(
      [
        '#include of an absolute path',
        `\n#include "@/secret.h"\n${MAIN}`,
        /agent\.c:2:1: Cannot read/,
      ],
      ['a macro', `#define H "../secret.h"\n#include H\n${MAIN}`, /Cannot read ".*secret\.h"/],
      [
        'what does not compile',
        'int main(void) {\n#include "../id_rsa"\n}\n',
        /agent\.c:2:1: Cannot read ".*id_rsa"/,
      ],
      [
        'a header that is a link',
        `#include "own.h"\n${MAIN}`,
        /agent\.c:1:1: Cannot read ".*own\.h"/,
      ],
      [
        'a question',
        `#if __has_include("@/id_rsa")\n#define SECRET "yes"\n#endif\n${MAIN}`,
        /Cannot read ".*id_rsa"/,
      ],
    ),
  ])('reads nothing outside by %s', async (_, source, place) => {
    const files = { 'agent/agent.c': source, 'agent/own.h': '-> ../secret.h' }
    const { message, hint } = await failure(project(files, manifest))
    expect(message).toMatch(place)
    expect(message).toMatch(OUTSIDE)
    expect(message).not.toContain('KEY')
    expect(hint).toContain('--root DIR')
  })

  testWithPeers(`reads nothing by assembly (${NEEDS_PEERS})`, async () => {
    const source = `#define SECRET ""\n__asm__(".section .data.x,\\"\\",@\\n.incbin \\"@/id_rsa\\"\\n");\n${MAIN}`
    const { message, hint } = await failure(project({ 'agent/agent.c': source }, manifest))
    expect(message).toMatch(/agent\.c:2:1: .*inline assembly is disabled/)
    expect(hint).toContain('Write it in C')
  })

  testWithPeers(`reads headers of its own and of the system (${NEEDS_PEERS})`, async () => {
    const files = {
      'agent/agent.c': `#include "own.h"\n#include <stdlib.h>\n${MAIN}`,
      'agent/own.h': '#define SECRET "own"\n',
    }
    expect(await built(project(files, manifest))).toContain('wasi:cli/run')
  })

  const embedding = clangThatEmbeds()

  test.runIf(HAS_PEERS && embedding !== undefined)(
    `reads nothing outside by #embed (${embedding ?? 'no clang from 19 on'}, ${NEEDS_PEERS})`,
    async () => {
      const folder = join(ROOT, 'bin')
      mkdirSync(folder)
      symlinkSync(embedding ?? '', join(folder, 'clang'))
      vi.stubEnv('PATH', `${folder}:${process.env['PATH'] ?? ''}`)
      const source = (name: string): string =>
        `static const char SECRET[] = {\n#embed "${name}"\n, 0};\n${MAIN}`
      try {
        const { message } = await failure(
          project({ 'agent/agent.c': source('../id_rsa') }, manifest),
        )
        expect(message).toMatch(/agent\.c:2:1: Cannot read ".*id_rsa": outside/)
        expect(await built(project({ 'agent/agent.c': source('own.txt') }, manifest))).toContain(
          'own\0',
        )
      } finally {
        vi.unstubAllEnvs()
      }
    },
  )
})

function clangThatEmbeds(): string | undefined {
  return ['clang', 'clang-19', 'clang-20', 'clang-21', 'clang-22']
    .flatMap((name) => findTool(name) ?? [])
    .find((path) => {
      const input = '#ifdef __has_embed\n#else\n#error none\n#endif\n'
      return spawnSync(path, ['-E', '-x', 'c', '-'], { input }).status === 0
    })
}
