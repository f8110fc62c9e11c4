/** Small packages that many others use. @module */
import debug from 'debug'
import lodash from 'lodash'
import { LRUCache } from 'lru-cache'
import { nanoid } from 'nanoid'
import pino from 'pino'
import protobuf from 'protobufjs'
import qs from 'qs'
import { v5 } from 'uuid'
import winston from 'winston'

export default function run(): unknown {
  const cache = new LRUCache<string, number>({ max: 2 })
  for (const [at, key] of ['a', 'b', 'c'].entries()) cache.set(key, at)
  debug('compat')('not written')
  const Point = new protobuf.Type('Point').add(new protobuf.Field('x', 1, 'int32'))
  const logger = pino({ level: 'silent' })
  logger.info('not written')
  winston.createLogger({ silent: true }).info('not written')
  return [
    [...cache.keys()],
    lodash.groupBy([1, 2, 3], (value) => value % 2),
    nanoid().length,
    logger.level,
    [...Point.encode(Point.create({ x: 300 })).finish()],
    qs.stringify(qs.parse('a[b][]=1&a[b][]=2'), { encode: false }),
    v5('name', v5.URL),
  ]
}
