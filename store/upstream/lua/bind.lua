-- For clusters, where the keys of a principal lie apart from those of its sessions; reap is for all. KEYS: 1 the index, 2 the stamp.
-- ARGV: 2 what to do; 3 the principal:
--   bind    binds the key in 4 to it, for a session with the idle timeout and the absolute deadline in 5 and 6, unless as many as in
--           7 are bound, 0 for no limit. Answers the generation, and some others that are bound
--   join    likewise for the key that a session of the principal is about to get, which is not counted: its place is negative
--   swap    puts the key in 7 in place of the one in 4, counted; 5 and 6 are as above
--   keep    puts the key in 4 into the index if it is not there and counted, with the generation in 7; 5 and 6 are as above
--   unbind  takes the key in 4 out
--   reap    takes out each key from 4 on that has the place behind it still
local todo, principal, name = ARGV[2], ARGV[3], ARGV[4]
if todo == 'reap' then
  for i = 4, #ARGV, 2 do
    local generation = call('ZSCORE', KEYS[1], ARGV[i])
    if generation and tonumber(generation) == tonumber(ARGV[i + 1]) then unbind(principal, ARGV[i]) end
  end
  return { 'ok' }
elseif todo == 'unbind' then
  unbind(principal, name)
  return { 'ok' }
end
local latest = latestOf(ARGV[5], ARGV[6])
if todo == 'swap' then
  unbind(principal, name)
  local place = tonumber(call('ZSCORE', KEYS[1], ARGV[7]) or -instant)
  enlist(principal, digits(math.abs(place)), ARGV[7], latest)
  return { 'ok' }
elseif todo == 'keep' then
  if tonumber(call('ZSCORE', KEYS[1], name) or -1) < 0 then enlist(principal, ARGV[7], name, latest) end
  return { 'ok' }
end
local limit = tonumber(ARGV[7])
if todo == 'bind' and limit > 0 and call('ZCOUNT', KEYS[1], 0, '+inf') >= limit and not call('ZSCORE', KEYS[1], name) then return { 'full' } end
local generation, some = bind(principal, name, latest)
if todo == 'join' then call('ZADD', KEYS[1], '-' .. generation, name) end
return { 'ok', generation, some }
