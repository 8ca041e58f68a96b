-- Moves a session to a key in another slot of a cluster, where no script reaches both. ARGV: 3 what to do; 4 the new key.
--   begin    marks the session, so that nothing changes it, and answers all of it
--   end      removes it, once it is under the new key; 5 is for how long the old one leads there
--   cancel   takes the mark away
local todo, target = ARGV[3], ARGV[4]
if todo == 'begin' then
  local m = open(key)
  if not m then return { 'gone' } end
  local all = call('HGETALL', key)
  m[MOVING] = '1'
  write(key, m)
  call('HSET', key, '@moved', '!' .. digits(now) .. ':' .. target)
  return { 'ok', m.old[1], now, all }
end
local old = call('HMGET', key, '@meta', '@moved')
if not old[1] or not old[2] or string.sub(old[2], -#target - 1) ~= ':' .. target then return { 'gone' } end
local m = { string.match(old[1], pattern) }
if todo == 'cancel' then
  m[MOVING] = '0'
  write(key, m)
  call('HDEL', key, '@moved')
  return { 'ok' }
end
remove(m, key)
local grace = tonumber(ARGV[5])
if grace > 0 then
  local ends = digits(now + grace)
  call('HSET', key, '@moved', target, '@of', m[HANDLE], '@expires', ends)
  call('PEXPIREAT', key, ends)
end
return { 'ok', old[1], now }
