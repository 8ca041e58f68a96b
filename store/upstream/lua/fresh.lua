-- The quick way of a creation, tried before create.lua: of a session without a principal, whose fields all stay. ARGV: 1 the time in
-- milliseconds that a test wants, or nothing for the server's; 2 idle, 3 absolute and 4 uninitialized timeout; 5 how many fields and
-- bytes; 6 for how long the id does; 7 the handle's name and 8 its value; names and values. Returns the metadata, or 0 where something
-- has the key.
local call, key = redis.call, KEYS[1]
if call('EXISTS', key) == 1 then return 0 end
local now, micros = tonumber(ARGV[1]), 0
if not now then
  local t = call('TIME')
  micros = tonumber(t[2])
  now = t[1] * 1000 + math.floor(micros / 1000)
end
local idle, latest, fresh, at = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), 0
if latest > 0 then latest = now + latest end
if fresh > 0 then fresh = now + fresh end
if idle > 0 then at = now + idle end
if latest > 0 and (at == 0 or latest < at) then at = latest end
if fresh > 0 and (at == 0 or fresh < at) then at = fresh end
local state = string.format('0 %d %d %d %s 0', micros + 1, now, at, ARGV[5])
local times = string.format('%d %s %d %d %s %d', now, ARGV[2], latest, fresh, ARGV[6], now)
call('HSET', key, '@state', state, '@times', times, unpack(ARGV, 7))
if at > 0 then call('PEXPIREAT', key, string.format('%d', at)) end
call('EXISTS', key) -- so that it is tracked
return state .. ' ' .. times .. ' ' .. ARGV[8] .. ' 0 '
