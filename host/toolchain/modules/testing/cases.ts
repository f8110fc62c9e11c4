/**
 * Uses of modules of Node that must have the same results in an agent. A case returns a value that JSON can write, or
 * throws: then only the kind of the error and its code are compared.
 *
 * @module
 */
import assert from 'node:assert'
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import buffer from 'node:buffer'
import crypto from 'node:crypto'
import { EventEmitter, on, once } from 'node:events'
import path from 'node:path'
import querystring from 'node:querystring'
import { Duplex, PassThrough, Readable, Transform, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { StringDecoder } from 'node:string_decoder'
import { setTimeout as sleep } from 'node:timers/promises'
import url from 'node:url'
import util from 'node:util'
import zlib from 'node:zlib'

const storage = new AsyncLocalStorage<string>()

async function deeper(): Promise<unknown> {
  await sleep(1)
  return storage.getStore()
}

async function* parts(): AsyncGenerator<unknown> {
  for (const part of [1, 2]) {
    await Promise.resolve()
    yield [part, storage.getStore()]
  }
}

const cases: Readonly<Record<string, () => unknown>> = {
  'zlib: each format, there and back': () => [
    zlib.gunzipSync(zlib.gzipSync('häl'.repeat(999))).toString().length,
    zlib.inflateSync(zlib.deflateSync(Buffer.from('abc'), { level: 9 })).toString(),
    zlib.inflateRawSync(zlib.deflateRawSync(new Uint8Array(3))).length,
    [zlib.gzipSync('a'), zlib.deflateSync('b')].map((bytes) => zlib.unzipSync(bytes).toString()),
  ],
  'zlib: what the other side packed': () =>
    zlib.unzipSync(Buffer.from('eJxLTEoGAAJNASc=', 'base64')).toString(),
  'zlib: callbacks and checksums': async () => [
    String(await util.promisify(zlib.gunzip)(await util.promisify(zlib.gzip)('abc'))),
    [zlib.crc32('hello'), zlib.crc32(Buffer.from('lo'), zlib.crc32('hel'))],
  ],
  'zlib: streams': async () => {
    const packed = Readable.from(['one ', 'two'].map((each) => Buffer.from(each))).pipe(
      zlib.createGzip(),
    )
    return text(packed.pipe(zlib.createGunzip()))
  },
  'zlib: classes': () => [zlib.createGzip() instanceof zlib.Gzip, typeof zlib.Inflate.prototype],
  'zlib: bytes that are none': () => zlib.gunzipSync(Buffer.from('none at all')),
  'zlib: bytes that are cut': () =>
    zlib.inflateSync(zlib.deflateSync('a'.repeat(99)).subarray(0, 8)),
  'buffer: encodings': () =>
    (['utf8', 'hex', 'base64', 'base64url', 'latin1', 'utf16le', 'ascii'] as const).map(
      (encoding) => Buffer.from('hällo €', 'utf8').toString(encoding),
    ),
  'buffer: numbers and slices': () => {
    const buffer = Buffer.alloc(12)
    buffer.writeUInt32BE(0xdeadbeef, 0)
    buffer.writeDoubleLE(1.5, 4)
    const slice = buffer.subarray(0, 2)
    slice[0] = 1
    return [buffer.toJSON(), buffer.readInt16LE(1), Buffer.isBuffer(slice), buffer.indexOf(0xad)]
  },
  'buffer: what it has beside Buffer': async () => [
    await new buffer.Blob(['ab']).text(),
    new buffer.File(['abc'], 'a.txt') instanceof File,
    [[0x61], [0xc3, 0xa9], [0xc3]].map((bytes) => [
      buffer.isAscii(Uint8Array.from(bytes)),
      buffer.isUtf8(Uint8Array.from(bytes)),
    ]),
  ],
  'buffer: joins and compares': () => [
    Buffer.concat([Buffer.from('a'), Buffer.from('bc')]).equals(Buffer.from('abc')),
    Buffer.compare(Buffer.from('a'), Buffer.from('b')),
    Buffer.byteLength('€'),
  ],
  'crypto: digests': () =>
    ['md5', 'sha1', 'sha256', 'SHA-512', 'sha3-256', 'ripemd160', 'RSA-SHA256'].map((name) =>
      crypto.createHash(name).update('ab').update(Buffer.from('c')).digest('hex'),
    ),
  'crypto: a digest is copied and ends': () => {
    const hash = crypto.createHash('sha256').update('a')
    const copy = hash.copy().update('b').digest('base64')
    return [copy, hash.digest('latin1'), hash.update('more')]
  },
  'crypto: an unknown digest': () => crypto.createHash('sha7'),
  'crypto: MACs and derived keys': () => [
    crypto.createHmac('sha256', 'key').update('text').digest('base64url'),
    crypto.createHmac('md5', crypto.createSecretKey(Buffer.from('k'))).digest('hex'),
    crypto.pbkdf2Sync('password', 'salt', 10, 24, 'sha512').toString('hex'),
    Buffer.from(crypto.hkdfSync('sha256', 'key', 'salt', 'info', 20)).toString('hex'),
    crypto.scryptSync('password', 'salt', 16, { N: 16 }).toString('hex'),
  ],
  'crypto: random values have their form': () => [
    crypto.randomBytes(70_000).length,
    crypto.randomInt(5, 6),
    /^[0-9a-f]{8}-/.test(crypto.randomUUID()),
    util.types.isTypedArray(crypto.randomFillSync(new Uint8Array(3))),
  ],
  'crypto: random bytes with a callback': () =>
    util
      .promisify(crypto.randomBytes)(4)
      .then((b) => b.length),
  'crypto: a range without numbers': () => crypto.randomInt(3, 3),
  'crypto: equality in constant time': () => [
    crypto.timingSafeEqual(Buffer.from('ab'), Buffer.from('ab')),
    crypto.timingSafeEqual(Buffer.from('ab'), Buffer.from('ac')),
  ],
  'crypto: equality of other lengths': () =>
    crypto.timingSafeEqual(Buffer.from('a'), Buffer.from('ab')),
  'events: order, once, errors': async () => {
    const emitter = new EventEmitter()
    const seen: unknown[] = []
    emitter.on('x', (value) => seen.push(['on', value]))
    emitter.prependListener('x', (value) => seen.push(['first', value]))
    emitter.once('x', (value) => seen.push(['once', value]))
    emitter.emit('x', 1)
    emitter.emit('x', 2)
    setTimeout(() => emitter.emit('y', 3, 4), 1)
    return [seen, await once(emitter, 'y'), emitter.listenerCount('x'), emitter.emit('none')]
  },
  'events: an error without listener': () => new EventEmitter().emit('error', new RangeError('x')),
  'events: as an iterator': async () => {
    const emitter = new EventEmitter()
    setTimeout(() => {
      emitter.emit('x', 1)
      emitter.emit('x', 2)
    }, 1)
    const seen: unknown[] = []
    for await (const [value] of on(emitter, 'x')) {
      seen.push(value)
      if (value === 2) break
    }
    return [seen, emitter.listenerCount('x')]
  },
  'events: a function of old code is an emitter': () => {
    function Old(this: EventEmitter): void {
      EventEmitter.call(this)
    }
    util.inherits(Old, EventEmitter)
    const old = new (Old as unknown as typeof EventEmitter)()
    let seen = 0
    old.on('x', () => seen++)
    old.emit('x')
    return [seen, old instanceof EventEmitter]
  },
  'path: names': () => [
    path.join('/a', '../b', './c.txt'),
    path.resolve('/x', 'y', '..', 'z'),
    path.relative('/a/b', '/a/c/d'),
    path.parse('/home/user/file.tar.gz'),
    path.extname('a/b.ts'),
    path.normalize('/a//b/./../c/'),
    path.isAbsolute('a'),
    path.basename('/a/b.html', '.html'),
  ],
  'querystring: both ways': () => [
    querystring.parse('a=1&a=2&b=%20x&c'),
    querystring.stringify({ a: ['1', '2'], b: 'ä &' }),
  ],
  'url: the old functions': () => [
    url.parse('https://u:p@example.com:8080/p/a?q=1#h', true).query,
    url.format({ protocol: 'https', host: 'a.test', pathname: '/x', query: { y: 1 } }),
    url.resolve('http://a.test/b/c', '../d'),
    url.fileURLToPath('file:///a/b%20c'),
    url.pathToFileURL('/a b').href,
  ],
  'string_decoder: a character in two pieces': () => {
    const decoder = new StringDecoder('utf8')
    const [first, second] = [Buffer.from([0xe2, 0x82]), Buffer.from([0xac, 0x21])]
    return [decoder.write(first), decoder.write(second), decoder.end()]
  },
  'stream: through transforms': async () => {
    const upper = new Transform({
      transform: (chunk, _, done) => done(null, String(chunk).toUpperCase()),
    })
    const seen: string[] = []
    const sink = new Writable({
      write(chunk, _, done) {
        seen.push(String(chunk))
        done()
      },
    })
    await pipeline(Readable.from(['a', 'b']), upper, new PassThrough(), sink)
    return seen
  },
  'stream: read by an iterator': async () => {
    const seen: unknown[] = []
    for await (const each of Readable.from([1, 2, 3]).map((value: number) => value * 2))
      seen.push(each)
    return seen
  },
  'stream: an error reaches the end of the pipe': async () => {
    const broken = new Readable({
      read() {
        this.destroy(new RangeError('broken'))
      },
    })
    await pipeline(broken, new PassThrough())
  },
  'stream: both ways': async () => {
    const duplex = new Duplex({
      highWaterMark: 2,
      read() {},
      write(chunk, _, done) {
        this.push(chunk)
        done()
      },
      final(done) {
        this.push(null)
        done()
      },
    })
    duplex.write('abc')
    duplex.end()
    return text(duplex)
  },
  'util: formats': () => [
    util.format('%s has %d of %j %%', 'a', 4, { b: 1 }),
    util.isDeepStrictEqual(
      { a: [1, new Map([[1, new Set([2])]])] },
      { a: [1, new Map([[1, new Set([2])]])] },
    ),
    util.isDeepStrictEqual({ a: 1 }, { a: '1' }),
    util.stripVTControlCharacters('\u001b[31mred\u001b[0m'),
    util.types.isPromise(Promise.resolve()),
    util.types.isDate({}),
  ],
  'util: callbacks and promises': async () => {
    const later = (value: number, done: (error: unknown, value: number) => void): void =>
      void setTimeout(() => done(null, value + 1), 1)
    const called = await new Promise((resolve) => {
      util.callbackify(async (value: number) => value * 2)(4, (_, value) => resolve(value))
    })
    return [await util.promisify(later)(2), called]
  },
  'assert: what holds': async () => {
    assert(1)
    assert.deepStrictEqual({ a: [1, new Date(0)] }, { a: [1, new Date(0)] })
    assert.deepEqual({ a: 1 }, { a: '1' })
    assert.throws(() => {
      throw new TypeError('bad')
    }, /bad/)
    await assert.rejects(Promise.reject(new RangeError('far')), { name: 'RangeError' })
    return 'all'
  },
  'assert: -0 is not 0': () => assert.deepStrictEqual([-0], [0]),
  'assert: undefined is a property': () => assert.deepStrictEqual({ a: undefined }, {}),
  'assert: nothing was thrown': () => assert.throws(() => {}),
  'async_hooks: a store across await': () =>
    Promise.all(
      ['a', 'b'].map((name) =>
        storage.run(name, async () => {
          await Promise.resolve()
          const seen: unknown[] = [storage.getStore(), await deeper(), storage.getStore()]
          for await (const part of parts()) seen.push(part)
          return [...seen, storage.exit(() => storage.getStore() ?? null)]
        }),
      ),
    ),
  'async_hooks: a store in callbacks': () =>
    new Promise((resolve) => {
      const bound = storage.run('bound', () => AsyncResource.bind(() => storage.getStore()))
      storage.run('timer', () => {
        setTimeout(() => queueMicrotask(() => resolve([storage.getStore(), bound()])), 1)
      })
    }),
  'async_hooks: outside there is none': () => [storage.getStore() ?? null],
  'timers: an aborted wait': () => sleep(1000, 'late', { signal: AbortSignal.abort() }),
  'timers: an immediate comes after a tick': () =>
    new Promise((resolve) => {
      const seen: string[] = []
      setImmediate(() => resolve([...seen, 'immediate']))
      process.nextTick((word: string) => seen.push(word), 'tick')
    }),
  'prototypes of an empty generator': () => {
    const made = Object.getPrototypeOf(async function* () {}) as { readonly prototype: object }
    const text = '(async function* () {})'
    return [
      text,
      Object.prototype.toString.call(made.prototype),
      Symbol.asyncIterator in (Object.getPrototypeOf(made.prototype) as object),
    ]
  },
  'global is the global object': () => [global === globalThis, typeof Buffer, typeof process.env],
}

export const NAMES: readonly string[] = Object.keys(cases)

/** Returns the result of a case as text. */
export async function runCase(name: string): Promise<string> {
  if (name === 'process.env') {
    process.env['OWN'] = 'own'
    return JSON.stringify([
      process.env['GREETING'],
      process.env['NONE'] ?? null,
      { ...process.env },
    ])
  }
  try {
    return JSON.stringify(await cases[name]?.()) ?? 'undefined'
  } catch (error) {
    const { name: kind, code } = error as { name: string; code?: unknown }
    return `throws ${kind} ${String(code)}`
  }
}
