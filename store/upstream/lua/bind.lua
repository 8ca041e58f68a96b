-- For clusters, where the keys of a principal lie apart from those of its sessions; reap is for all. KEYS: 1 the index, 2 the stamp.
-- ARGV: 2 what to do; 3 the principal:
--   bind    binds the key in 4 to it, of which the session ends in 5 at the latest, 0 for never, unless as many as in 6 are bound, 0
--           for no limit. Answers the generation, and some others that are bound
--   keep    puts the key in 4 into the index if it is not there, with the generation in 6; 5 is as above
--   unbind  takes the key in 4 out
--   reap    takes out each key from 4 on that has the generation behind it still
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
elseif todo == 'keep' then
  if not call('ZSCORE', KEYS[1], name) then enlist(principal, ARGV[6], name, ARGV[5]) end
  return { 'ok' }
end
local limit = tonumber(ARGV[6])
if limit > 0 and call('ZCARD', KEYS[1]) >= limit and not call('ZSCORE', KEYS[1], name) then return { 'crowd' } end
local generation, some = bind(principal, name, ARGV[5])
return { 'ok', generation, some }
