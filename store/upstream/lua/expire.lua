-- ARGV: 2 when the session is to expire, or empty to take its idle timeout away; 3 to 6 are 1 where that is only wanted if it
-- never expires, if it does, if the time is later, and if it is earlier; 7 the time from the request until then, which is the idle timeout.
local m, moved, of = open(key)
if not m then return absent(moved, of) end
if ARGV[2] == '' then
  if m[IDLE] == '0' then return { 'no' } end
  m[IDLE] = '0'
  schedule(m, tonumber(m[USED]))
  return { 'ok', write(key, m) }
end
local at, old, idle = tonumber(ARGV[2]), tonumber(m[EXPIRES]), tonumber(ARGV[7])
if ARGV[3] == '1' and old > 0 or ARGV[4] == '1' and old == 0 then return { 'no' } end
if ARGV[5] == '1' and (old == 0 or at <= old) or ARGV[6] == '1' and old > 0 and at >= old then return { 'no' } end
if at <= now or idle <= 0 then
  remove(m, key)
  return { 'destroyed', m.before, now }
end
m[IDLE] = digits(idle)
schedule(m, math.max(at - idle, tonumber(m[USED])))
return { 'ok', write(key, m) }
