-- For clusters. KEYS: 1 the index, 2 the stamp. ARGV: 2 the principal; 3 empty to learn the next stamp, or the one to set; 4 for
-- how many milliseconds stamps are kept. Answers the stamp before, and the one that is next.
local before = call('GET', KEYS[2]) or '0'
if ARGV[3] == '' then
  return { 'ok', before, digits(nextOf(ARGV[2])) }
end
if tonumber(ARGV[3]) > tonumber(before) then call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4]) end
return { 'ok' }
