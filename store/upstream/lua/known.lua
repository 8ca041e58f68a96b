-- The quick way of a save, tried before anything else. The caller has the session at hand, with the state in ARGV[3], and has reckoned
-- the one that the save leaves. While the session has that state, nothing else of it has changed either. Its principal was not ended
-- while the stamp in ARGV[4] is as it says: the stamp, and its key behind a bar.
if ARGV[3] ~= '' and redis.call('HGET', KEYS[1], '@state') == ARGV[3] then
  local ended = false
  if ARGV[4] ~= '' then
    local stamp, at = string.match(ARGV[4], '^(%d*)|(.*)$')
    ended = (redis.call('GET', at) or '') ~= stamp
  end
  if not ended then
    redis.call('HSET', KEYS[1], '@state', unpack(ARGV, 5))
    redis.call('EXISTS', KEYS[1]) -- see settle
    return 1
  end
end
