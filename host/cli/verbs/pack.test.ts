/** `mayfly pack`, as it is used wrongly, and what it writes. @module */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { loadPacked, type Pack } from '../../../runtime/presets/index.ts'
import { writeFiles } from '../testing/mayfly-process.ts'
import type { ParsedArguments } from '../verb.ts'
import { verb } from './pack.ts'

const folder = mkdtempSync(join(tmpdir(), 'mayfly-pack-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const SOURCE = 'let n = 0\nexport default { fetch: () => new Response(String(++n)) }'

function agent(name: string, more: object = {}, file = name): string {
  return writeFiles(join(folder, file), {
    'agent.js': SOURCE,
    'agent.json': { name, source: 'agent.js', ...more },
  })
}

async function pack(
  positionals: readonly string[],
  values: ParsedArguments['values'],
): Promise<string> {
  let text = ''
  const print = vi.spyOn(console, 'log').mockImplementation((line) => void (text += `${line}\n`))
  try {
    expect(await verb.run({ positionals, values })).toBe(0)
    return text
  } finally {
    print.mockRestore()
  }
}

describe('mayfly pack', () => {
  it('writes agents that share their modules, and that a program loads', async () => {
    const out = join(folder, 'out')
    const text = await pack([agent('one'), agent('two')], { out })
    expect(text).toMatch(/^one {2}.*\ntwo {2}.*\n\d+ modules {2}.*\n.*server\.js\n$/)
    expect(readdirSync(join(out, 'agents')).toSorted()).toEqual([
      'one.json',
      'one.pages.gz',
      'two.json',
      'two.pages.gz',
    ])
    expect(readFileSync(join(out, 'index.d.ts'), 'utf8')).toContain("Pack<'one' | 'two'>")
    const module = (await import(pathToFileURL(join(out, 'index.js')).href)) as { default: Pack }
    const { agents, runtime } = await loadPacked(module.default)
    expect(readdirSync(join(out, 'modules')).length).toBe(
      Object.keys(module.default.modules).length,
    )
    for (const { name } of [...runtime.agents, ...runtime.agents])
      expect(await (await agents[name]?.fetch(new Request('http://any/')))?.text()).toBe('1')
    await runtime.close()
  })

  it.for<[string, () => readonly string[], ParsedArguments['values'], string, string]>([
    ['without a folder', () => [], {}, 'Cannot pack: no folder to write to', 'Add --out DIR'],
    [
      'for an unknown platform',
      () => [],
      { out: folder, target: 'lambda' },
      'Cannot pack for "lambda": not a target',
      'Targets: node, deno, bun, workerd, browser',
    ],
    [
      'two agents of one name',
      () => [agent('same', {}, 'a'), agent('same', {}, 'b')],
      { out: join(folder, 'none') },
      'Cannot pack two agents called "same"',
      'Give each agent of a pack a name of its own',
    ],
    [
      'for Workers without fuel',
      () => [agent('unbound')],
      { out: join(folder, 'none'), target: 'workerd' },
      'Cannot pack agent "unbound" for workerd: it has no limits.fuel',
      'Add "fuel": 1000000000 to limits',
    ],
    [
      'for Workers with a watchdog',
      () => [agent('watched', { limits: { metering: 'watchdog' } })],
      { out: join(folder, 'none'), target: 'workerd' },
      'Cannot pack agent "watched" for workerd: it counts no fuel',
      'Take "metering" out of limits',
    ],
  ])('refuses to pack %s', async ([, agents, values, message, hint]) => {
    await expect(pack(agents(), values)).rejects.toMatchObject({
      code: 'ERR_USAGE',
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    })
  })
})
