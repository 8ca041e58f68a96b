-- ARGV: 3 when the session is to expire, or empty to take its idle timeout away; 4 to 7 are 1 where that is only wanted if it
-- never expires, if it does, if the time is later, and if it is earlier.
local m, moved, of = open(key)
if not m then return absent(moved, of) end
if ARGV[3] == '' then
  if m[IDLE] == '0' then return { 'no' } end
  local at = earliest(0, 0, tonumber(m[UNTIL]), tonumber(m[NEW]))
  redis.call('HSET', key, '@idle', 0, '@expires', string.format('%.0f', at))
  expire(key, at)
  return { 'ok' }
end
local at, old = tonumber(ARGV[3]), tonumber(m[EXPIRES])
if ARGV[4] == '1' and old > 0 or ARGV[5] == '1' and old == 0 then return { 'no' } end
if ARGV[6] == '1' and (old == 0 or at <= old) or ARGV[7] == '1' and old > 0 and at >= old then return { 'no' } end
if at <= now then
  local handle = redis.call('HGET', key, '@handle')
  remove(m, key)
  return { 'destroyed', now, tonumber(m[UNTIL]), old, m[PRINCIPAL], handle }
end
use(m, at - now)
return { 'ok' }
