-- What every script begins with, behind the names and the pattern of metadata that meta.go makes. KEYS[1] is the session's key.
-- ARGV[1] is six parts: the time in milliseconds that a test wants, or nothing for the server's; 1 where one server has all keys,
-- so that a script may use those of principals too; a time until which, and the handles with which, sessions of this key were
-- destroyed and must not come back; the handle that the session must have, where an alias led here; the token of the lock that the
-- caller has, behind an L, or a U where the change ends the lock.
local key, call = KEYS[1], redis.call
local time, one, buried, dead, wanted, lock = string.match(ARGV[1], '^(%d*)|(.)|(%d+)|([^|]*)|([^|]*)|(.*)$')
local alone = one == '1'

local instant -- in microseconds
if time ~= '' then
  instant = tonumber(time) * 1000
else
  local t = call('TIME')
  instant = t[1] * 1000000 + t[2]
end
local now = math.floor(instant / 1000)

-- Most of one call's arguments, which Lua's stack bounds.
local most = 4000

-- digits returns a number as metadata have it.
local function digits(n) return string.format('%d', n) end

local function tag(name) return string.sub(redis.sha1hex(name), 1, 6) end
local function indexOf(principal) return 'sess-principal:{' .. tag(principal) .. '}:' .. principal end
local function stampOf(principal) return 'sess-stamp:{' .. tag(principal) .. '}:' .. principal end

-- weight is how many bytes the name of a field counts: its own, and those of its component.
local function weight(name)
  if string.sub(name, 1, 1) == ':' then return #name - 1 end
  return #name - string.find(name, ':', 1, true) - 1
end

-- latestOf returns when a session ends at the latest, 0 for never. One without an absolute timeout that is used on and on for longer
-- than this without being read drops out of its index, and is put back by its next use.
local function latestOf(idle, latest)
  idle, latest = tonumber(idle), tonumber(latest)
  if latest == 0 and idle > 0 then return now + 2 * idle + 400 * 24 * 3600000 end
  return latest
end

-- enlist puts a key into the index of a principal. The index lasts until its sessions have ended, of which this one does at the
-- latest then, 0 for never, by any server's clock.
local spare = 3600000
local function enlist(principal, generation, name, latest)
  local index = indexOf(principal)
  local left = call('PTTL', index)
  call('ZADD', index, generation, name)
  if latest == 0 then
    if left >= 0 then call('PERSIST', index) end
  elseif left == -2 or left >= 0 and now + left < latest + spare then
    call('PEXPIREAT', index, digits(latest + spare))
  end
end

-- nextOf returns a generation of a principal that is later than all before, though another server's clock, or this one's, was ahead.
local function nextOf(principal)
  local stamp, last = call('GET', stampOf(principal)), call('ZREVRANGE', indexOf(principal), 0, 0, 'WITHSCORES')[2]
  return math.max(instant, tonumber(stamp or 0) + 1, tonumber(last or 0) + 1)
end

-- bind returns the generation of a session that is bound to a principal now, and some of the keys in the index with theirs, which are to
-- leave it by and by where they have expired.
local function bind(principal, name, latest)
  local generation, index = nextOf(principal), indexOf(principal)
  enlist(principal, generation, name, latest)
  local size, some = call('ZCARD', index), {}
  if size > 8 then
    local rank = instant % size
    some = call('ZRANGE', index, rank, rank + 2, 'WITHSCORES')
    for i = 1, alone and #some or 0, 2 do
      if some[i] ~= name and call('EXISTS', some[i]) == 0 then call('ZREM', index, some[i]) end
    end
  end
  return digits(generation), some
end

local function unbind(principal, name) call('ZREM', indexOf(principal), name) end

-- discard deletes a session that is dead, and its place in the index of its principal.
local function discard(name, m)
  if alone and m[PRINCIPAL] ~= '' then unbind(m[PRINCIPAL], name) end
  call('DEL', name)
end

-- parse returns the metadata of a session, with their text as before, from the values of the fields that have them; nil: there are none.
local function parse(state, times, handle, principal)
  if not (state and times and handle) then return nil end
  local before = state .. ' ' .. times .. ' ' .. handle .. ' ' .. (principal or '0 ')
  local m = { string.match(before, pattern) }
  m.before = before
  return m[1] and m
end

-- timesOf returns names with times, from a text that has a time, a blank, the length of the name, a colon and the name of each.
local function timesOf(text)
  local all, at = {}, 1
  while text do
    local _, last, time, size = string.find(text, '^(%d+) (%d+):', at)
    if not last then break end
    at = last + size + 1
    all[#all + 1] = { string.sub(text, last + 1, at - 1), tonumber(time) }
  end
  return all
end

-- endsOf returns when fields end by their names, from a text as timesOf has it.
local function endsOf(text)
  local ends = {}
  for _, one in ipairs(timesOf(text)) do ends[one[1]] = one[2] end
  return ends
end

-- writeEnds writes when fields of a session end.
local function writeEnds(name, ends)
  local parts = {}
  for field, at in pairs(ends) do parts[#parts + 1] = digits(at) .. ' ' .. #field .. ':' .. field end
  if #parts > 0 then call('HSET', name, '@ends', table.concat(parts)) else call('HDEL', name, '@ends') end
end

-- How many fields open always reads.
local always = 7

-- endFields removes the fields of a session that have ended, which is no save. more are the names whose values were read.
local write
local function endFields(name, m, more)
  m.ends = endsOf(m.old[always])
  local gone, bytes = {}, 0
  for field, at in pairs(m.ends) do
    if at <= now then
      gone[#gone + 1], gone[field] = field, true
      bytes = bytes + weight(field) + call('HSTRLEN', name, field)
    end
  end
  if #gone == 0 then return end
  for i = 1, #gone, most do call('HDEL', name, unpack(gone, i, math.min(i + most - 1, #gone))) end
  for _, field in ipairs(gone) do m.ends[field] = nil end
  writeEnds(name, m.ends)
  m[FIELDS], m[BYTES] = digits(m[FIELDS] - #gone), digits(m[BYTES] - bytes)
  for i, field in ipairs(more or {}) do
    if gone[field] then m.old[always + i] = false end
  end
  write(name, m)
end

-- setEnds notes when fields of a session end that were changed, after so many milliseconds from now on; the others end with it.
local function setEnds(m, names, after)
  local ends, differs = m.ends or {}, false
  for _, name in ipairs(names) do
    local at = after and after[name] and now + after[name]
    if ends[name] ~= (at or nil) then ends[name], differs = at or nil, true end
  end
  if differs then writeEnds(key, ends) end
end

-- open returns the metadata of the session under a name, or nil, and the key to which the name leads as an alias with the handle
-- of the session that it means, or behind a ! since when and where the session is being moved. With more, the metadata's old has
-- the values of those fields, behind those that are always read.
local open
open = function(name, more)
  local old
  if more then
    old = call('HMGET', name, '@state', '@times', '@handle', '@principal', '@moved', '@aliases', '@ends', unpack(more))
  else
    old = call('HMGET', name, '@state', '@times', '@handle', '@principal', '@moved', '@aliases', '@ends')
  end
  local m, moved = parse(unpack(old, 1, 4)), old[5]
  if not m then
    if not moved then return nil end
    local alias = call('HMGET', name, '@of', '@expires')
    if tonumber(alias[2] or 0) <= now then
      call('DEL', name)
      return nil
    end
    if (alone or string.match(moved, '{[^}]*}') == string.match(name, '{[^}]*}')) and not open(moved) then return nil end
    return nil, moved, alias[1] or ''
  end
  m.old, m.aliases = old, old[6]
  if m[EXPIRES] ~= '0' and tonumber(m[EXPIRES]) <= now then
    discard(name, m)
    return nil
  end
  if name == key then
    if wanted ~= '' and m[HANDLE] ~= wanted then return nil end
    if dead ~= '' and string.find(dead, m[HANDLE], 1, true) or buried ~= '0' and tonumber(m[CREATED]) <= tonumber(buried) then
      discard(name, m)
      return nil
    end
  end
  if moved then return nil, moved end
  if alone and m[PRINCIPAL] ~= '' then
    local stamp = call('GET', stampOf(m[PRINCIPAL]))
    if stamp and tonumber(stamp) >= tonumber(m[GENERATION]) then
      discard(name, m)
      return nil
    end
  end
  if old[always] then endFields(name, m, more) end
  return m
end

-- absent is the answer for a name without a session, and with what open returned beside it.
local function absent(moved, of)
  if not moved then return { 'gone' } end
  if string.sub(moved, 1, 1) == '!' then return { 'moving', string.sub(moved, 2), now } end
  return { 'moved', moved, of }
end

-- isLockedWith reports whether a session is locked with a token.
local function isLockedWith(m, token) return tonumber(m[LOCKED]) > now and call('HGET', key, '@lock') == token end

-- barred returns the answer for a caller who may not change a session because of its lock; nil: it may.
local function barred(m)
  if lock ~= '' and isLockedWith(m, string.sub(lock, 2)) then return nil end
  if tonumber(m[LOCKED]) > now then return { 'locked', m[LOCKED] - now } end
  if lock ~= '' then return { 'unlocked' } end
  return nil
end

-- unlock ends the lock of a session, which the caller writes.
local function unlock(m)
  m[LOCKED] = '0'
  call('HDEL', key, '@lock')
end

-- schedule notes when a session ends that was used last at a time; 0: never.
local function schedule(m, used)
  local at, idle, latest, fresh = 0, tonumber(m[IDLE]), tonumber(m[UNTIL]), tonumber(m[NEW])
  if idle > 0 then at = used + idle end
  if latest > 0 and (at == 0 or latest < at) then at = latest end
  if fresh > 0 and (at == 0 or fresh < at) then at = fresh end
  m[USED], m[EXPIRES] = digits(used), digits(at)
end

-- use counts as use of a session, whose idle timeout it changes unless that is 0.
local function use(m, idle)
  if idle > 0 then m[IDLE] = digits(idle) end
  schedule(m, now)
end

-- settle ends a change of a session. A client that tracks what it reads, and is not told of what it changes, is told of the next
-- change by another, since the key is read last.
local function settle(name, m)
  if m[EXPIRES] ~= '0' then call('PEXPIREAT', name, m[EXPIRES]) else call('PERSIST', name) end
  call('EXISTS', name)
end

-- packed returns the fields that have metadata and change with each change, and their values.
local function packed(m)
  m[CHANGE] = digits(m[CHANGE] + 1)
  return '@state', table.concat(m, ' ', 1, CREATED - 1), '@times', table.concat(m, ' ', CREATED, HANDLE - 1)
end

-- described returns all metadata as a text.
local function described(m) return table.concat(m, ' ', 1, PRINCIPAL) end

-- write writes the metadata of a session and returns them as a text. Its principal is not written unless it is bound. With from,
-- it writes the names and values that ARGV has from there on, too.
write = function(name, m, bound, from)
  if bound and m[PRINCIPAL] ~= '' then
    call('HSET', name, '@principal', m[GENERATION] .. ' ' .. m[PRINCIPAL])
  elseif bound then
    call('HDEL', name, '@principal')
  end
  local at, value, other, second = packed(m)
  if from then
    for i = from + most, #ARGV, most do call('HSET', name, unpack(ARGV, i, math.min(i + most - 1, #ARGV))) end
    call('HSET', name, at, value, other, second, unpack(ARGV, from, math.min(from + most - 1, #ARGV)))
  else
    call('HSET', name, at, value, other, second)
  end
  settle(name, m)
  return described(m)
end

-- aliasesOf returns the keys of the aliases that lead to a session.
local function aliasesOf(m)
  if not m.aliases then return {} end
  return cmsgpack.unpack(m.aliases)
end

-- remove removes a session, its aliases, and its place in the index of its principal.
local function remove(m, name)
  for _, alias in ipairs(aliasesOf(m)) do
    if call('HGET', alias, '@moved') == name then call('DEL', alias) end
  end
  discard(name, m)
end

-- shrink removes sessions of a principal until its index has no more than so many keys. longest has some with their last use, as
-- timesOf has them, the longest unused first. One that was used since stays. It returns the keys of those that it removed.
local function shrink(principal, most, longest)
  local index, removed = indexOf(principal), {}
  for _, one in ipairs(timesOf(longest)) do
    if call('ZCARD', index) <= most then break end
    local name = one[1]
    local m = open(name)
    if not m or m[PRINCIPAL] ~= principal then
      unbind(principal, name)
    elseif tonumber(m[USED]) == one[2] then
      remove(m, name)
      removed[#removed + 1] = name
    end
  end
  return removed
end

-- How many sessions of a principal one step looks at.
local looks = 200

-- admit makes room for one more session of a principal, which may have so many. evicts is 1 where others may end for it, and behind
-- that what shrink is to have. It returns the keys of those that it removed; nil and the answer where there is no room, or where it
-- takes more looks than a step has: then the caller looks, and comes again.
local function admit(principal, limit, evicts)
  if limit == 0 then return {} end
  local index, longest = indexOf(principal), string.match(evicts, '^1(.*)$')
  local removed, live, looked = shrink(principal, limit - 1, longest), {}, 0
  local size = call('ZCARD', index)
  if size < limit then return removed end
  if longest and size > looks or limit > looks then return nil, { 'look', removed } end
  repeat -- whoever is refused looks at no more than it takes
    local some = call('ZRANGE', index, #live, #live + looks - looked - 1)
    for _, name in ipairs(some) do
      local m = open(name)
      if m and m[PRINCIPAL] == principal then
        live[#live + 1] = { name, tonumber(m[USED]), m }
        if not longest and #live >= limit then return nil, { 'full', limit } end
      else
        unbind(principal, name)
      end
    end
    looked = looked + #some
  until #some == 0 or looked == looks
  size = call('ZCARD', index)
  if size < limit then return removed end
  if size > #live then return nil, { 'look', removed } end
  table.sort(live, function(a, b) return a[2] < b[2] end)
  for i = 1, #live - limit + 1 do
    remove(live[i][3], live[i][1])
    removed[#removed + 1] = live[i][1]
  end
  return removed
end

-- apply makes a change of a session, all of it or nothing, as one revision, within the most fields and bytes, which 0 leaves open.
-- names is what changes, with the values before in m.old, in that order behind those that are always read; ARGV has names and new
-- values from pairs on. Names without one are removed. after has the milliseconds after which some of them end; the others end with
-- the session, or as before where after is false.
local function apply(m, mostfields, mostbytes, idle, unsets, names, pairs, after)
  local old, fields, bytes, size = m.old, 0, 0, {} -- more of them than before
  for i = 1, #names do
    local name, value = names[i], old[always + i]
    if value and not size[name] then
      size[name] = true
      fields, bytes = fields - 1, bytes - weight(name) - #value
    end
  end
  local last = {}
  for i = pairs, #ARGV, 2 do
    local name, value = ARGV[i], ARGV[i + 1]
    if last[name] then
      bytes = bytes - last[name]
    else
      fields, bytes = fields + 1, bytes + weight(name)
    end
    last[name] = #value
    bytes = bytes + #value
  end
  local limit = tonumber(mostfields)
  m[FIELDS] = digits(m[FIELDS] + fields)
  if fields > 0 and limit > 0 and tonumber(m[FIELDS]) > limit then return { 'limit', 'fields', limit } end
  limit = tonumber(mostbytes)
  m[BYTES] = digits(m[BYTES] + bytes)
  if bytes > 0 and limit > 0 and tonumber(m[BYTES]) > limit then return { 'limit', 'bytes', limit } end
  for i = 1, #unsets, most do call('HDEL', key, unpack(unsets, i, math.min(i + most - 1, #unsets))) end
  if after or after == nil and m.ends then setEnds(m, names, after) end
  m[REVISION], m[NEW] = digits(m[REVISION] + 1), '0'
  use(m, idle)
  if string.sub(lock, 1, 1) == 'U' or m[LOCKED] ~= '0' and tonumber(m[LOCKED]) <= now then unlock(m) end
  return { 'ok', write(key, m, false, pairs) }
end

-- read returns what open does, with the values of names as apply takes them.
local function read(names)
  if #names <= most then return open(key, names) end
  local m, moved, of = open(key)
  if m then
    for i = 1, #names, most do
      local last = math.min(i + most - 1, #names)
      local some = call('HMGET', key, unpack(names, i, last))
      for j = i, last do m.old[always + j] = some[j - i + 1] end
    end
  end
  return m, moved, of
end
