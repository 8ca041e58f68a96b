-- For clusters. KEYS: 1 the index, 2 the stamp. ARGV: 2 the principal; 3 empty to learn the next stamp, or the one to set; 4 for
-- how many milliseconds stamps are kept. Answers the stamp before, the one that is next, and the keys in the index up to that.
local before = call('GET', KEYS[2]) or '0'
if ARGV[3] == '' then
  local at = instant
  if tonumber(before) >= at then at = tonumber(before) + 1 end
  local stamp = digits(at)
  return { 'ok', before, stamp, call('ZRANGEBYSCORE', KEYS[1], '-inf', stamp) }
end
if tonumber(ARGV[3]) > tonumber(before) then call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4]) end
return { 'ok' }
