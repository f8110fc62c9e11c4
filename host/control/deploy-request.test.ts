import { describe, expect, it } from 'vitest'
import { readDeployRequest } from './deploy-request.ts'

function request(manifest: string): Request {
  const form = new FormData()
  form.set('manifest', new File([manifest], 'agent.json'))
  form.set('component', new File([Uint8Array.of(1)], 'agent.wasm'))
  return new Request('http://host/-/agents', { method: 'POST', body: form })
}

describe('readDeployRequest()', () => {
  it('reads a manifest with comments', async () => {
    const { manifest } = await readDeployRequest(
      request('{ "name": "a", "component": "agent.wasm" } // ours'),
    )
    expect(manifest.name).toBe('a')
  })

  it('reads a source map that comes along', async () => {
    const sent = request('{ "name": "a", "component": "agent.wasm" }')
    const form = await sent.formData()
    form.set('sourceMap', new File(['{"version":3}'], 'agent.wasm.map'))
    const again = new Request(sent.url, { method: 'POST', body: form })
    expect((await readDeployRequest(again)).sourceMapJson).toBe('{"version":3}')
  })

  it.each([
    ['of megabytes', `{ "name": "a", "x": "${'a'.repeat(2_000_000)}" }`],
    ['nested without end', `{ "name": "a", // ours\n "x": ${'['.repeat(500_000)}`],
  ])('refuses a manifest %s', async (_, manifest) => {
    await expect(readDeployRequest(request(manifest))).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_MANIFEST_INVALID' }),
    )
  })
})
