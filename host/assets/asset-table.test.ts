import { describe, expect, it } from 'vitest'
import { packAssets, readIndex } from './asset-pack.ts'
import { AssetTable, type AssetRules } from './asset-table.ts'

const PATHS = [
  'index.html',
  'app.js',
  'app.js.br',
  'app.js.gz',
  'docs/index.html',
  'a b.txt',
  'ü.txt',
  'api/data.json',
  'assets/x.css',
  '.well-known/security.txt',
]
const { bytes } = packAssets(
  PATHS.map((path) => ({ path, content: new Uint8Array(1), modified: 0 })),
)
const files = readIndex(bytes, bytes.length)

function found(
  path: string,
  {
    method = 'GET',
    headers = {},
    ...rules
  }: AssetRules & { method?: string; headers?: Record<string, string> } = {},
): string | undefined {
  const table = new AssetTable(files, rules)
  const asset = table.find({ method, path, header: (name) => headers[name] ?? null })
  return asset?.state === 'file' ? asset.file.path : asset?.state
}

describe('AssetTable.find()', () => {
  it.each([
    ['/app.js', 'app.js'],
    ['/a%20b.txt', 'a b.txt'],
    ['/%C3%BC.txt', 'ü.txt'],
    ['/%61pp.js', 'app.js'],
    ['/', 'index.html'],
    ['', 'index.html'],
    ['/docs/', 'docs/index.html'],
    ['/docs', 'folder'],
    ['/.well-known/security.txt', '.well-known/security.txt'],
    ['/app.js.br', 'app.js.br'],
  ])('finds %s', (path, expected) => {
    expect(found(path)).toBe(expected)
    expect(found(path, { method: 'HEAD' })).toBe(expected)
  })

  it.each([
    '/App.js',
    '/app.js/',
    '//app.js',
    '/docs//',
    '/../app.js',
    '/docs/../app.js',
    '/docs/%2e%2e/app.js',
    '/docs%2findex.html',
    '/docs%5cindex.html',
    '/docs\\index.html',
    '/app.js%00',
    '/app.js%00.html',
    '/%',
    '/%ff',
    '/.env',
    '/assets',
    '/assets/',
    '/constructor',
    '/__proto__',
    '/etc/passwd',
    '/../../../../etc/passwd',
    '/..%2f..%2fetc%2fpasswd',
  ])('leaves %s to the agent', (path) => {
    expect(found(path)).toBeUndefined()
  })

  it('answers GET and HEAD only', () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])
      expect(found('/app.js', { method })).toBeUndefined()
  })

  it('has the packed files of a file', () => {
    const asset = new AssetTable(files, {}).find({
      method: 'GET',
      path: '/app.js',
      header: () => null,
    })
    expect(asset?.state === 'file' && [...asset.packed.keys()]).toEqual(['br', 'gzip'])
  })

  it('answers a page that is no file with the fallback, and nothing else', () => {
    const rules = { fallback: 'index.html' }
    const navigates = { 'sec-fetch-mode': 'navigate' }
    expect(found('/some/page', { ...rules, headers: navigates })).toBe('index.html')
    expect(found('/some/page', { ...rules, headers: { accept: 'text/html,*/*' } })).toBe(
      'index.html',
    )
    expect(found('/app.js', { ...rules, headers: navigates })).toBe('app.js')
    const loads = { 'sec-fetch-mode': 'cors', accept: 'text/html' }
    expect(found('/some/page', { ...rules, headers: loads })).toBeUndefined()
    expect(found('/some/page', { ...rules, headers: { accept: '*/*' } })).toBeUndefined()
    expect(found('/some/page', { ...rules, method: 'POST', headers: navigates })).toBeUndefined()
    expect(found('/some/page', { headers: navigates })).toBeUndefined()
  })

  it('leaves paths that are excepted to the agent, the fallback too', () => {
    const rules = { fallback: 'index.html', except: ['/api/*', '/app.js'] }
    const headers = { 'sec-fetch-mode': 'navigate' }
    for (const path of ['/api', '/api/data.json', '/api/page', '/app.js'])
      expect(found(path, { ...rules, headers })).toBeUndefined()
    expect(found('/apiary', { ...rules, headers })).toBe('index.html')
  })
})
