/** Three kinds of work for a JavaScript engine, about half a millisecond each, chosen by the path. @module */
function fib(n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2)
}

function json() {
  const rows = []
  for (let i = 0; i < 60; i++) rows.push({ id: i, name: `row ${i}`, tags: ['a', 'b'], at: i / 3 })
  let length = 0
  for (let round = 0; round < 3; round++) {
    const text = JSON.stringify({ rows })
    length += text.length + JSON.parse(text).rows.length
  }
  return length
}

function strings() {
  let text = ''
  for (let i = 0; i < 600; i++) text += String.fromCharCode(97 + (i % 26))
  let found = 0
  for (let i = 0; i < 60; i++)
    found += text
      .split('z')
      .map((part) => part.toUpperCase())
      .join('-').length
  found += text.replace(/[aeiou]/g, '*').indexOf('*z')
  return found
}

const workloads = { fib: () => fib(19), json, strings }

export const handler = {
  handle({ url }) {
    const result = workloads[url.slice(url.lastIndexOf('/') + 1)]()
    const text = String(result)
    const body = new Uint8Array(text.length)
    for (let i = 0; i < text.length; i++) body[i] = text.charCodeAt(i)
    return { status: 200, headers: [], body }
  },
}
