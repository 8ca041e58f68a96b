-- What every script begins with. KEYS[1] is the session's key. ARGV[1] is the time in milliseconds that a test wants, or
-- empty for the server's. ARGV[2] is four parts: 1 where one server has all keys, so that a script may use those of principals
-- too; a time until which, and the handles with which, sessions of this key were destroyed and must not come back; the handle
-- that the session must have, where an alias led here.
local key = KEYS[1]
local one, buried, dead, wanted = string.match(ARGV[2], '^(.)|(%d+)|([^|]*)|(.*)$')
local alone = one == '1'

local function micros()
  if ARGV[1] ~= '' then return tonumber(ARGV[1]) * 1000 end
  local t = redis.call('TIME')
  return t[1] * 1000000 + t[2]
end

local instant = micros()
local now = math.floor(instant / 1000)

-- Most of one call's arguments, which Lua's stack bounds.
local most = 4000

-- How many fields every session has beside those of its bags.
local metas = 13

-- What open reads, by number.
local R, IDLE, UNTIL, NEW, PRINCIPAL, GENERATION, BYTES, EXPIRES, MOVED = 1, 2, 3, 4, 5, 6, 7, 8, 9

local function tag(name) return string.sub(redis.sha1hex(name), 1, 6) end
local function indexOf(principal) return 'sess-principal:{' .. tag(principal) .. '}:' .. principal end
local function stampOf(principal) return 'sess-stamp:{' .. tag(principal) .. '}:' .. principal end

-- weight is how many bytes the name of a field counts: its own, and those of its component.
local function weight(name)
  if string.sub(name, 1, 1) == ':' then return #name - 1 end
  return #name - string.find(name, ':', 1, true) - 1
end

-- earliest returns when a session ends that was used last at a time; 0: never.
local function earliest(used, idle, latest, fresh)
  local at = 0
  if idle > 0 then at = used + idle end
  if latest > 0 and (at == 0 or latest < at) then at = latest end
  if fresh > 0 and (at == 0 or fresh < at) then at = fresh end
  return at
end

-- bind returns the generation of a session that is bound to a principal now, later than any that were ended.
local function bind(principal, name)
  local generation = instant
  local stamp = redis.call('GET', stampOf(principal))
  if stamp and tonumber(stamp) >= generation then generation = tonumber(stamp) + 1 end
  local index = indexOf(principal)
  redis.call('ZADD', index, generation, name)
  local size = redis.call('ZCARD', index)
  if alone and size > 8 then -- those that have expired leave by and by
    local rank = instant % size
    for _, other in ipairs(redis.call('ZRANGE', index, rank, rank + 2)) do
      if other ~= name and redis.call('EXISTS', other) == 0 then redis.call('ZREM', index, other) end
    end
  end
  return generation
end

local function unbind(principal, name) redis.call('ZREM', indexOf(principal), name) end

-- open returns the metadata of the session under a name, or nil, and the key to which the name leads as an alias with the handle
-- of the session that it means, or behind a ! since when and where the session is being moved. Behind the metadata come the values
-- of more fields.
local open
open = function(name, more)
  local m
  if more then
    m = redis.call('HMGET', name, '@revision', '@idle', '@until', '@new', '@principal', '@generation', '@bytes', '@expires', '@moved', unpack(more))
  else
    m = redis.call('HMGET', name, '@revision', '@idle', '@until', '@new', '@principal', '@generation', '@bytes', '@expires', '@moved')
  end
  local expires = m[EXPIRES]
  if expires and expires ~= '0' and tonumber(expires) <= now then
    if m[R] and alone and m[PRINCIPAL] ~= '' then unbind(m[PRINCIPAL], name) end
    redis.call('DEL', name)
    return nil
  end
  local target = m[MOVED]
  if not m[R] then
    if not target then return nil end
    if (alone or string.match(target, '{[^}]*}') == string.match(name, '{[^}]*}')) and not open(target) then return nil end
    return nil, target, redis.call('HGET', name, '@of') or ''
  end
  if name == key then
    local handle = wanted ~= '' or dead ~= ''
    if handle then handle = redis.call('HGET', name, '@handle') end
    if wanted ~= '' and handle ~= wanted then return nil end
    if dead ~= '' and handle and string.find(dead, handle, 1, true) or buried ~= '0' and tonumber(redis.call('HGET', name, '@created')) <= tonumber(buried) then
      if alone and m[PRINCIPAL] ~= '' then unbind(m[PRINCIPAL], name) end
      redis.call('DEL', name)
      return nil
    end
  end
  if target then return nil, target end
  if alone and m[PRINCIPAL] ~= '' then
    local stamp = redis.call('GET', stampOf(m[PRINCIPAL]))
    if stamp and tonumber(stamp) >= tonumber(m[GENERATION]) then
      unbind(m[PRINCIPAL], name)
      redis.call('DEL', name)
      return nil
    end
  end
  return m
end

-- absent is the answer for a name without a session, and with what open returned beside it.
local function absent(moved, of)
  if not moved then return { 'gone' } end
  if string.sub(moved, 1, 1) == '!' then return { 'moving', string.sub(moved, 2), now } end
  return { 'moved', moved, of }
end

-- expire makes the server forget a session at a time; 0: never.
local function expire(name, at)
  if at > 0 then redis.call('PEXPIREAT', name, string.format('%.0f', at)) else redis.call('PERSIST', name) end
end

-- use counts as use of a session, whose idle timeout it changes unless that is 0, and returns when it expires.
local function use(m, idle)
  if idle == 0 then idle = tonumber(m[IDLE]) end
  local at = earliest(now, idle, tonumber(m[UNTIL]), tonumber(m[NEW]))
  redis.call('HSET', key, '@used', now, '@idle', idle, '@expires', string.format('%.0f', at))
  expire(key, at)
  return at
end

-- described is the end of an answer: what a near cache has to know of a session.
local function described(revision, expires, m, idle)
  if idle == 0 then idle = tonumber(m[IDLE]) end
  return { 'ok', tonumber(revision), expires, idle, m[PRINCIPAL], m[GENERATION] }
end

-- aliasesOf returns the keys of the aliases that lead to a session.
local function aliasesOf(name)
  local packed = redis.call('HGET', name, '@aliases')
  if not packed then return {} end
  return cmsgpack.unpack(packed)
end

-- remove removes a session, its aliases, and its place in the index of its principal.
local function remove(m, name)
  for _, alias in ipairs(aliasesOf(name)) do
    if redis.call('HGET', alias, '@moved') == name then redis.call('DEL', alias) end
  end
  if alone and m[PRINCIPAL] ~= '' then unbind(m[PRINCIPAL], name) end
  redis.call('DEL', name)
end

-- admit makes room for one more session of a principal, which may have so many. It reports whether there is room.
local function admit(principal, limit, evicts)
  if limit == 0 then return true end
  local live = {}
  for _, name in ipairs(redis.call('ZRANGE', indexOf(principal), 0, -1)) do
    local m = open(name)
    if m and m[PRINCIPAL] == principal then
      live[#live + 1] = { name, tonumber(redis.call('HGET', name, '@used')), m }
    else
      unbind(principal, name)
    end
  end
  if #live < limit then return true end
  if not evicts then return false end
  table.sort(live, function(a, b) return a[2] < b[2] end)
  for i = 1, #live - limit + 1 do
    remove(live[i][3], live[i][1])
  end
  return true
end

-- apply makes a change of a session, all of it or nothing, as one revision. ARGV[first] is the most fields, ARGV[first + 1] the most
-- bytes, which 0 leaves open. names is what changes, and m has their values from m[MOVED + 1] on, in that order; pairs is names and
-- new values. Names without one are removed.
local function apply(m, first, idle, unsets, names, pairs)
  local fields, bytes, size = 0, 0, {} -- more of them than before
  for i = 1, #names do
    local name, old = names[i], m[MOVED + i]
    if old and not size[name] then
      size[name] = true
      fields, bytes = fields - 1, bytes - weight(name) - #old
    end
  end
  local last = {}
  for i = 1, #pairs, 2 do
    local name, value = pairs[i], pairs[i + 1]
    if last[name] then
      bytes = bytes - last[name]
    else
      fields, bytes = fields + 1, bytes + weight(name)
    end
    last[name] = #value
    bytes = bytes + #value
  end
  local limit = ARGV[first]
  if fields > 0 and limit ~= '0' then
    if redis.call('HLEN', key) - metas - redis.call('HEXISTS', key, '@aliases') + fields > tonumber(limit) then
      return { 'limit', 'fields', tonumber(limit) }
    end
  end
  limit = ARGV[first + 1]
  local total = m[BYTES]
  if bytes ~= 0 then
    total = tonumber(total) + bytes
    if bytes > 0 and limit ~= '0' and total > tonumber(limit) then return { 'limit', 'bytes', tonumber(limit) } end
  end
  for i = 1, #unsets, most do redis.call('HDEL', key, unpack(unsets, i, math.min(i + most - 1, #unsets))) end
  local kept = tonumber(m[IDLE])
  if idle == 0 then idle = kept end
  local at = earliest(now, idle, tonumber(m[UNTIL]), 0)
  local revision, ends = tonumber(m[R]) + 1, string.format('%.0f', at)
  local n = #pairs
  for i = most + 1, n, most do redis.call('HSET', key, unpack(pairs, i, math.min(i + most - 1, n))) end
  local meta = { '@revision', revision, '@used', now, '@expires', ends }
  if bytes ~= 0 then meta[7], meta[8] = '@bytes', total end
  if idle ~= kept then meta[#meta + 1], meta[#meta + 2] = '@idle', idle end
  if m[NEW] ~= '0' then meta[#meta + 1], meta[#meta + 2] = '@new', 0 end
  for i = 1, math.min(n, most) do meta[#meta + 1] = pairs[i] end
  redis.call('HSET', key, unpack(meta))
  if at > 0 then redis.call('PEXPIREAT', key, ends) elseif m[EXPIRES] ~= '0' then redis.call('PERSIST', key) end
  return { 'ok', revision, at, idle, m[PRINCIPAL], m[GENERATION] }
end

-- read returns what open does, with the values of names as apply takes them.
local function read(names)
  if #names <= most then return open(key, names) end
  local m, moved, of = open(key)
  if m then
    for i = 1, #names, most do
      local some = redis.call('HMGET', key, unpack(names, i, math.min(i + most - 1, #names)))
      for j = 1, math.min(most, #names - i + 1) do m[MOVED + i + j - 1] = some[j] end
    end
  end
  return m, moved, of
end
