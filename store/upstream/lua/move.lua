-- Moves a session to a key in another slot of a cluster, where no script reaches both. ARGV: 3 what to do; 4 the new key.
--   begin    marks the session, so that nothing changes it, and answers all of it
--   end      removes it, once it is under the new key; 5 is for how long the old one leads there
--   cancel   takes the mark away
local todo, target = ARGV[3], ARGV[4]
if todo == 'begin' then
  local m, moved = open(key)
  if not m then return { 'gone' } end
  redis.call('HSET', key, '@moved', '!' .. string.format('%.0f', now) .. ':' .. target)
  return { 'ok', now, redis.call('HGETALL', key), m[PRINCIPAL], redis.call('HGET', key, '@handle') }
end
local mark = redis.call('HGET', key, '@moved')
if not mark or string.sub(mark, -#target - 1) ~= ':' .. target then return { 'gone' } end
if todo == 'cancel' then
  redis.call('HDEL', key, '@moved')
  return { 'ok' }
end
local m = redis.call('HMGET', key, '@until', '@expires', '@handle', '@principal')
remove({ [PRINCIPAL] = m[4] }, key)
local grace = tonumber(ARGV[5])
if grace > 0 then
  local ends = string.format('%.0f', now + grace)
  redis.call('HSET', key, '@moved', target, '@of', m[3], '@expires', ends)
  redis.call('PEXPIREAT', key, ends)
end
return { 'ok', now, tonumber(m[1]), tonumber(m[2]), m[3] }
