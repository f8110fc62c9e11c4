// A service on the Web's own APIs, for StarlingMonkey's `fetch` event.
let served = 0

addEventListener('fetch', (event) => event.respondWith(answer(event.request)))

async function answer(request) {
  served++
  const { pathname, searchParams } = new URL(request.url)
  switch (pathname) {
    case '/echo':
      return new Response(request.body, { headers: { 'x-served': String(served) } })
    case '/text':
      return new Response((await request.text()).toUpperCase(), { status: 201 })
    case '/sleep':
      await new Promise((resolve) => setTimeout(resolve, Number(searchParams.get('ms'))))
      return new Response(String(served))
    case '/stream':
      return new Response(lines())
    case '/random':
      return Response.json([Math.random(), crypto.randomUUID(), Date.now()])
    case '/fetch': {
      const { status, body } = await fetch(searchParams.get('url'), { method: request.method })
      return new Response(body, { status })
    }
    case '/proxy':
      return fetch(searchParams.get('url'), { method: request.method, headers: request.headers })
    case '/status':
      return new Response(null, { status: Number(searchParams.get('status')) })
    case '/throw':
      throw new Error('thrown by the guest')
    default:
      console.log(`served ${pathname}`)
      return new Response(String(served))
  }
}

function lines() {
  let line = 0
  return new ReadableStream({
    async pull(controller) {
      if (line === 3) return controller.close()
      await new Promise((resolve) => setTimeout(resolve, 5))
      controller.enqueue(new TextEncoder().encode(`line ${line++}\n`))
    },
  })
}
