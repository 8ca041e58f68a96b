-- Changes of several sessions, all of one server, each as known.lua, fresh.lua or drop.lua makes one. Clusters allow that for keys that
-- are not in KEYS, of any slots that the server has. ARGV has for each the session's key and
--   N STATE NEXT, and N names and values   for a save; behind N may be a bar, the stamp, another, and its key
--   create N TIME IDLE ABSOLUTE UNINITIALIZED COUNTS RENEWAL, and likewise
--   destroy STATE
-- Returns 1 where all are made. Otherwise a text: a 1 for each that is, a 0 for each that is not since the session is another, an x for
-- each that the server refuses, and behind it the time that creations have, in milliseconds and microseconds.
local call, at, made, words, other, now, micros = redis.pcall, 1, 0, {}, false

local function create(key, n, last)
  local there = call('EXISTS', key)
  if there ~= 0 then return there ~= 1 and there end
  if ARGV[at + 3] ~= '' then
    now, micros = tonumber(ARGV[at + 3]), 0
  elseif not now then
    local t = call('TIME')
    micros = tonumber(t[2])
    now = t[1] * 1000 + math.floor(micros / 1000)
  end
  local idle, latest, fresh, ends = tonumber(ARGV[at + 4]), tonumber(ARGV[at + 5]), tonumber(ARGV[at + 6]), 0
  if latest > 0 then latest = now + latest end
  if fresh > 0 then fresh = now + fresh end
  if idle > 0 then ends = now + idle end
  if latest > 0 and (ends == 0 or latest < ends) then ends = latest end
  if fresh > 0 and (ends == 0 or fresh < ends) then ends = fresh end
  local done = call('HSET', key, '@state', string.format('0 %d %d %d %s 0', micros + 1, now, ends, ARGV[at + 7]),
    '@times', string.format('%d %s %d %d %s %d', now, ARGV[at + 4], latest, fresh, ARGV[at + 8], now), unpack(ARGV, last - n + 1, last))
  if ends > 0 and type(done) == 'number' then call('PEXPIREAT', key, string.format('%d', ends)) end
  return done
end

while ARGV[at] do
  local key, what, done, last = ARGV[at], ARGV[at + 1]
  local n = tonumber(what)
  if n then
    last = at + 3 + n
    done = call('HGET', key, '@state')
    if done == ARGV[at + 2] then done = call('HSET', key, '@state', unpack(ARGV, at + 3, last)) end
  elseif what == 'destroy' then
    last = at + 2
    done = call('HMGET', key, '@state', '@aliases')
    if done[1] == ARGV[last] and not done[2] then done = call('DEL', key) end
  elseif what == 'create' then
    n = tonumber(ARGV[at + 2])
    last = at + 8 + n
    done = create(key, n, last)
    other = true
  else
    local size, stamp, of = string.match(what, '^(%d+)|(%d*)|(.*)$')
    last = at + 3 + size
    local is = call('GET', of)
    done = call('HGET', key, '@state')
    if done == ARGV[at + 2] and (is or '') == stamp then done = call('HSET', key, '@state', unpack(ARGV, at + 3, last)) end
  end
  made = made + 1
  if type(done) == 'number' then
    words[made] = '1'
  else
    words[made], other = type(done) == 'table' and done.err and 'x' or '0', true
  end
  at = last + 1
end
if not other then return 1 end
if now then words[made + 1] = string.format(' %d %d', now, micros) end
return table.concat(words)
