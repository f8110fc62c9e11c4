/**
 * The command line: finds the verb, parses its options, and turns errors into two lines and an exit code.
 *
 * @module
 */

import { parseArgs } from 'node:util'
import { isMayflyError, nearest } from '../../runtime/errors/index.ts'
import { findVerbs } from './find-verbs.ts'
import { printError } from './print-error.ts'
import type { ParsedArguments, Verb } from './verb.ts'

/** 0 done, 1 failed, 2 used wrongly. */
const FAILED = 1
const USED_WRONGLY = 2

const VERBS = findVerbs()

const code = await main(process.argv.slice(2))
// Not `process.exit`: output that a pipe has not taken yet would be lost.
process.exitCode = code

async function main([word, ...rest]: string[]): Promise<number> {
  if (word === undefined || word === 'help' || word === '--help' || word === '-h') {
    console.log(await overview())
    return word === undefined ? USED_WRONGLY : 0
  }
  if (word === '--version' || word === '-v') {
    console.log(await version())
    return 0
  }
  const load = VERBS.get(word)
  if (load === undefined) {
    const verbs = [...VERBS.keys()]
    const near = nearest(word, verbs)
    const meant = near === undefined ? '' : `Did you mean "${near}"? `
    return misused(`Cannot run "${word}": no such verb`, `${meant}Verbs: ${verbs.join(', ')}`)
  }
  const verb = await load()
  const parsed = parse(verb, rest)
  if (typeof parsed === 'string') return misused(parsed, `See mayfly ${verb.name} --help`)
  if (parsed.values['help'] === true) {
    console.log(`${verb.summary}\n\n${verb.usage.trimEnd()}`)
    return 0
  }
  try {
    return await verb.run(parsed)
  } catch (error) {
    printError(error)
    return isMayflyError(error) && error.code === 'ERR_USAGE' ? USED_WRONGLY : FAILED
  }
}

/** Returns the arguments, or a message about their error. */
function parse(verb: Verb, args: string[]): ParsedArguments | string {
  try {
    const [own, passed] = verb.passesArguments === true ? split(verb, args) : [args, []]
    const { values, positionals } = parseArgs({
      args: own,
      options: { ...verb.options, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    })
    return { values, positionals: [...positionals, ...passed] }
  } catch (error) {
    return `Cannot run "${verb.name}": ${error instanceof Error ? error.message : String(error)}`
  }
}

/** Splits at the first argument that is not an option: the arguments after it are not for mayfly. */
function split({ options }: Verb, args: string[]): [own: string[], passed: string[]] {
  const { tokens } = parseArgs({
    args,
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const first = tokens.find(({ kind }) => kind === 'positional')?.index ?? args.length
  const passed = args.slice(first + 1)
  // A first `--` says that arguments follow, and is not one of them.
  return [args.slice(0, first + 1), passed[0] === '--' ? passed.slice(1) : passed]
}

function misused(message: string, hint: string): number {
  console.error(`mayfly: ${message}\n  ${hint}`)
  return USED_WRONGLY
}

async function overview(): Promise<string> {
  const verbs = await Promise.all([...VERBS.values()].map((load) => load()))
  const width = Math.max(...verbs.map(({ name }) => name.length))
  const lines = verbs.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
  return `Usage: mayfly <verb> [options]\n\n${lines.join('\n')}\n\nmayfly <verb> --help says more about one.`
}

async function version(): Promise<string> {
  const { readPackageVersion } = await import('../version/index.ts')
  return readPackageVersion()
}
