-- Saves of several sessions, all of one server, each as known.lua makes one. ARGV has for each save the session's key, the state that is
-- known, the stamp and its key, how many names and values there are, the state that the save leaves, and the names and values. Returns 1,
-- or a text with a 0 for each save that was not made.
local call, at, made, missing = redis.pcall, 1, {}, false
while ARGV[at] do
  local key, last = ARGV[at], at + 4 + ARGV[at + 3]
  local done = call('HGET', key, '@state') == ARGV[at + 1]
  if done and ARGV[at + 2] ~= '' then
    local stamp, of = string.match(ARGV[at + 2], '^(%d*)|(.*)$')
    done = (call('GET', of) or '') == stamp
  end
  done = done and type(call('HSET', key, '@state', unpack(ARGV, at + 4, last))) == 'number'
  made[#made + 1] = done and '1' or '0'
  missing, at = missing or not done, last + 1
end
return missing and table.concat(made) or 1
