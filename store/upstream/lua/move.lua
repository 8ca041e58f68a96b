-- Moves a session to a key in another slot of a cluster, where no script reaches both. ARGV: 2 what to do; 3 the new key.
--   begin    marks the session, so that nothing changes it, and answers all of it
--   end      removes it, once it is under the new key; 4 is for how long the old one leads there
--   cancel   takes the mark away
local todo, target = ARGV[2], ARGV[3]
if todo == 'begin' then
  local m, moved, of = open(key)
  if not m then return absent(moved, of) end
  local all = call('HGETALL', key)
  write(key, m)
  call('HSET', key, '@moved', '!' .. digits(now) .. ':' .. target)
  return { 'ok', m.before, now, all }
end
local old = call('HMGET', key, '@state', '@times', '@handle', '@principal', '@moved', '@aliases')
local m = parse(unpack(old, 1, 4))
if not m or not old[5] or string.sub(old[5], -#target - 1) ~= ':' .. target then return { 'gone' } end
m.aliases = old[6]
if todo == 'cancel' then
  call('HDEL', key, '@moved')
  write(key, m)
  return { 'ok' }
end
remove(m, key)
local grace = tonumber(ARGV[4])
if grace > 0 then
  local ends = digits(now + grace)
  call('HSET', key, '@moved', target, '@of', m[HANDLE], '@expires', ends)
  call('PEXPIREAT', key, ends)
end
return { 'ok', m.before, now }
