/**
 * Runs the tests of https://github.com/WebAssembly/component-model, `test/`, each assertion as one test.
 *
 * What is compared: values, whether a call traps, and whether a component is refused; the texts of errors are those of
 * another runtime.
 *
 * @module
 */
import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Runtime } from '../../../runtime/presets/index.ts'
import { TestedComponents } from './tested-components.ts'
import { firstLine, type Verdict } from './verdict.ts'
import { headOf, isList, readForms, textOf, type Form, type List } from './wast-forms.ts'
import { canonicalText, valueOf } from './wast-values.ts'

const FOLDERS = '{async,binary,linking,resources,validation,values}'

export async function* runComponentModel(checkout: string, only: string): AsyncIterable<Verdict> {
  for (const file of globSync(join(checkout, `test/${FOLDERS}/*.wast`)).toSorted()) {
    if (!file.includes(only)) continue
    const text = readFileSync(file, 'utf8')
    const runtime = new Runtime({ drivers: { log: { write() {} } } })
    const components = new TestedComponents(runtime, text)
    const group = basename(dirname(file))
    for (const form of readForms(text)) {
      // Known to later forms, and no test.
      if (isDefinition(form)) {
        await components.define(form)
        continue
      }
      const line = text.slice(0, form.start).split('\n').length
      yield { group, test: `${basename(file)}:${line}`, failure: await failureOf(form, components) }
    }
    await runtime.close()
  }
}

function isDefinition(form: Form): form is List {
  return isList(form) && headOf(form) === 'component' && wordAt(form, 1) === 'definition'
}

function wordAt({ items }: List, index: number): string | undefined {
  const item = items[index]
  return item === undefined || isList(item) ? undefined : item.text
}

async function failureOf(form: Form, components: TestedComponents): Promise<string | undefined> {
  if (!isList(form)) return 'no list'
  try {
    return await check(form, components)
  } catch (error) {
    return firstLine(error)
  }
}

/** Returns what is wrong. */
async function check(form: List, components: TestedComponents): Promise<string | undefined> {
  const [, subject, expected] = form.items
  const kind = headOf(form)
  switch (kind) {
    case 'component':
      await components.load(form)
      return undefined
    case 'invoke':
      await invoke(form, components)
      return undefined
    case 'assert_return': {
      const found = canonicalText(await invoke(listOf(subject), components))
      const wanted = canonicalText(expected && valueOf(expected))
      return found === wanted ? undefined : `returns ${found}, not ${wanted}`
    }
    case 'assert_invalid':
    case 'assert_malformed':
    case 'assert_unlinkable':
      return refused(() => components.load(listOf(subject)), `accepts: ${textOf(expected)}`)
    case 'assert_trap': {
      const action = listOf(subject)
      const isCall = headOf(action) === 'invoke'
      const act = (): Promise<unknown> =>
        isCall ? invoke(action, components) : components.load(action)
      return refused(act, `does not trap: ${textOf(expected)}`)
    }
  }
  return `unknown form "${kind}"`
}

// Refusing for want of support is no pass.
const UNSUPPORTED = /not supported by|no instance/

async function refused(
  act: () => Promise<unknown>,
  otherwise: string,
): Promise<string | undefined> {
  try {
    await act()
  } catch (error) {
    const said = firstLine(error)
    return UNSUPPORTED.test(said) ? said : undefined
  }
  return otherwise
}

function invoke(form: List, components: TestedComponents): Promise<unknown> {
  const name = wordAt(form, 1)
  const instance = name?.startsWith('$') === true ? name : undefined
  const [called, ...args] = form.items.slice(instance === undefined ? 1 : 2)
  return components.call(instance, textOf(called), args.map(valueOf))
}

function listOf(form: Form | undefined): List {
  if (isList(form)) return form
  throw new SyntaxError('Cannot read assertion: not a list')
}
