/**
 * The atomic steps of the Redis driver: Lua scripts, which the server runs while nothing else runs.
 *
 * A store is four keys of one hash slot, so that a cluster can keep it in one place: `values` (hash), `names`
 * (sorted set of the same keys, all with score 0, which sorts them by their bytes), `expires` (sorted set by
 * the server's milliseconds) and `bytes` (number). The server's own expiry is not used: it would take values
 * away without their names and bytes.
 *
 * @module
 */

// KEYS: values, names, expires, bytes. Expired values are removed first, so that no script sees them.
const PRELUDE = `
  local values, names, expires, bytes = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local function remove(key)
    local length = redis.call('HSTRLEN', values, key)
    if redis.call('HDEL', values, key) == 0 then return end
    redis.call('ZREM', names, key)
    redis.call('ZREM', expires, key)
    redis.call('DECRBY', bytes, #key + length)
  end
  local function length(key)
    if redis.call('HEXISTS', values, key) == 0 then return nil end
    return redis.call('HSTRLEN', values, key)
  end
  -- A time of '' leaves the one that is there, '0' takes it away.
  local function store(key, value, ttl)
    local old = length(key)
    redis.call('HSET', values, key, value)
    redis.call('INCRBY', bytes, #value - (old or -#key))
    if not old then redis.call('ZADD', names, 0, key) end
    if ttl == '0' then redis.call('ZREM', expires, key)
    elseif ttl ~= '' then redis.call('ZADD', expires, string.format('%.0f', now + ttl), key) end
  end
  local function fits(grownBytes, grownKeys, maxBytes, maxKeys)
    local used = tonumber(redis.call('GET', bytes) or '0')
    if grownBytes > 0 and used + grownBytes > tonumber(maxBytes) then return false end
    return grownKeys <= 0 or redis.call('HLEN', values) + grownKeys <= tonumber(maxKeys)
  end
  for _, key in ipairs(redis.call('ZRANGEBYSCORE', expires, '-inf', now)) do remove(key) end
`

export const SCRIPTS = {
  // ARGV: keys
  get: `
    local found = {}
    for index, key in ipairs(ARGV) do found[index] = redis.call('HGET', values, key) end
    return found
  `,
  // ARGV: maxBytes, maxKeys, then key, value, ttl of each entry
  set: `
    local last, grownBytes, grownKeys = {}, 0, 0
    for index = 3, #ARGV, 3 do last[ARGV[index]] = #ARGV[index + 1] end
    for key, size in pairs(last) do
      local old = length(key)
      if not old then grownKeys = grownKeys + 1 end
      grownBytes = grownBytes + size - (old or -#key)
    end
    if not fits(grownBytes, grownKeys, ARGV[1], ARGV[2]) then return 'full' end
    for index = 3, #ARGV, 3 do store(ARGV[index], ARGV[index + 1], ARGV[index + 2]) end
    return 'stored'
  `,
  // ARGV: maxBytes, maxKeys, key, '1' and the expected value or '0' and '', the same for the new value, ttl
  compareAndSet: `
    local key, value = ARGV[3], ARGV[7]
    local expected = ARGV[4] == '1' and ARGV[5]
    local old = redis.call('HGET', values, key)
    if old ~= expected then return 'changed' end
    if ARGV[6] == '0' then remove(key) return 'stored' end
    local grownBytes = #value - (old and #old or -#key)
    if not fits(grownBytes, old and 0 or 1, ARGV[1], ARGV[2]) then return 'full' end
    store(key, value, ARGV[8])
    return 'stored'
  `,
  // ARGV: keys
  delete: `
    for _, key in ipairs(ARGV) do remove(key) end
    return 'stored'
  `,
  // ARGV: least, greatest of ZRANGEBYLEX, limit
  keys: `return redis.call('ZRANGEBYLEX', names, ARGV[1], ARGV[2], 'LIMIT', 0, ARGV[3])`,
  // ARGV: maxBytes, maxKeys, key, delta. The server adds: numbers of Lua have 53 bits.
  increment: `
    local key = ARGV[3]
    local old = redis.call('HGET', values, key)
    local sum = redis.pcall('HINCRBY', values, key, ARGV[4])
    if type(sum) == 'table' then return {'malformed'} end
    local text = redis.call('HGET', values, key)
    if old then redis.call('HSET', values, key, old) else redis.call('HDEL', values, key) end
    local grownBytes = #text - (old and #old or -#key)
    if not fits(grownBytes, old and 0 or 1, ARGV[1], ARGV[2]) then return {'full'} end
    store(key, text, '')
    return {'stored', text}
  `,
} as const

export type ScriptName = keyof typeof SCRIPTS

export function sourceOf(name: ScriptName): string {
  return PRELUDE + SCRIPTS[name]
}
