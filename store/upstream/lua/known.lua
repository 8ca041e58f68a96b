-- The quick way of a save, tried before anything else. The caller has the session at hand, with the metadata in ARGV[8], and has
-- reckoned those that the save leaves. While the session has them, nothing else of it has changed either, and its principal was not
-- ended while the stamp in ARGV[9] has the value in ARGV[10].
if ARGV[8] ~= '' and redis.call('HGET', KEYS[1], '@meta') == ARGV[8] and (ARGV[9] == '' or (redis.call('GET', ARGV[9]) or '') == ARGV[10]) then
  local unsets = tonumber(ARGV[7])
  if unsets > 0 then redis.call('HDEL', KEYS[1], unpack(ARGV, 11, 10 + unsets)) end
  redis.call('HSET', KEYS[1], unpack(ARGV, 11 + unsets))
  redis.call('EXISTS', KEYS[1]) -- see settle
  return 1
end
