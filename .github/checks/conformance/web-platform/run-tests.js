/**
 * Runs one file of the web platform tests where it is loaded: in an agent, or in Node.
 *
 * The harness is the suite's own `testharness.js`, whose form for shells needs no document. It has no limit for one
 * test, so that a promise that never settles would hold up all the tests after it: each has a limit here.
 *
 * @module
 */

const TEST_MS = 3_000
// Of a file that says of itself that it takes long.
const LONG_TEST_MS = 15_000
const FILE_MS = 60_000
// Such a file derives keys for a minute, on a machine that does nothing else.
const LONG_FILE_MS = 480_000
const PASSED = 0

/**
 * @param {{ harness: string, source: string, resources: Record<string, string>, search: string }} file The texts of the
 *   harness and of the tests with the scripts that they name, what the tests fetch, by the name of its file, and the
 *   variant.
 * @returns {Promise<{ tests: { name: string, failure?: string }[], broken?: string }>} What came of each test, and the
 *   error of a file that could not be evaluated.
 */
export async function runTests({ harness, source, resources, search }) {
  globalThis.self ??= globalThis
  globalThis.GLOBAL = { isWindow: () => false, isWorker: () => true, isShadowRealm: () => false }
  globalThis.location ??= { href: 'http://web-platform.test/', search, protocol: 'http:' }
  // oxlint-disable-next-line no-eval -- scripts of tests share one global scope
  const evaluate = eval
  evaluate(harness)
  const isLong = /^\/\/ META: timeout=long$/m.test(source)
  const testMs = isLong ? LONG_TEST_MS : TEST_MS
  limitTests(testMs)
  serveResources(resources)
  const ended = new Promise((resolve) => {
    globalThis.add_completion_callback((tests) => resolve(tests.map(outcomeOf)))
  })
  // An event loop that has nothing to wait for ends, even when the tests have not.
  const limit = setTimeout(() => globalThis.timeout(), isLong ? LONG_FILE_MS : FILE_MS)
  let broken
  try {
    evaluate(source)
  } catch (error) {
    broken = String(error)
    setTimeout(() => globalThis.timeout(), testMs)
  }
  const tests = await ended
  clearTimeout(limit)
  return { tests, broken }
}

function outcomeOf({ name, status, message }) {
  return {
    name: String(name),
    failure: status === PASSED ? undefined : String(message ?? 'did not end'),
  }
}

function limitTests(milliseconds) {
  const { promise_test: promiseTest, async_test: asyncTest } = globalThis
  globalThis.promise_test = (body, name, properties) =>
    promiseTest((test) => within(milliseconds, body.call(test, test)), name, properties)
  globalThis.async_test = (body, name, properties) => {
    const test =
      typeof body === 'function' ? asyncTest(body, name, properties) : asyncTest(body, name)
    setTimeout(() => test.force_timeout(), milliseconds)
    return test
  }
}

function within(milliseconds, promise) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('does not settle')), milliseconds)
    Promise.resolve(promise)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer))
  })
}

/** There is no server: a test that reads a table of cases gets its text. */
function serveResources(resources) {
  const { fetch } = globalThis
  globalThis.fetch = (input, init) => {
    const name = typeof input === 'string' ? input.split('/').at(-1) : ''
    return Object.hasOwn(resources, name)
      ? Promise.resolve(new Response(resources[name]))
      : fetch(input, init)
  }
  globalThis.fetch_json = async (input) => (await globalThis.fetch(input)).json()
}
