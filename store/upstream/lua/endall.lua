-- KEYS: 1 the index of the principal, 2 its stamp. ARGV: 3 the principal; 4 the key that is spared, or empty; 5 how many to end
-- at once; 6 and 7 the stamps that an earlier call began with and made, or empty; 8 for how many milliseconds stamps are kept.
-- Everything that was bound to the principal before is dead from the first call on; the others count and remove.
local principal, spared = ARGV[3], ARGV[4]
local before, stamp = ARGV[6], ARGV[7]
if stamp == '' then
  before = call('GET', KEYS[2]) or '0'
  local at = instant
  if tonumber(before) >= at then at = tonumber(before) + 1 end
  stamp = digits(at)
  if spared ~= '' then
    local m, moved = open(spared)
    if moved then return { 'moved', moved } end
    if m and m[PRINCIPAL] == principal then
      m[GENERATION] = digits(at + 1)
      write(spared, m)
      call('ZADD', KEYS[1], m[GENERATION], spared)
    end
  end
  call('SET', KEYS[2], stamp, 'PX', ARGV[8])
end
local ended = {}
for _, name in ipairs(call('ZRANGEBYSCORE', KEYS[1], '-inf', stamp, 'LIMIT', 0, ARGV[5])) do
  call('ZREM', KEYS[1], name)
  local meta = call('HGET', name, '@meta')
  local m = meta and { string.match(meta, pattern) }
  if m and m[PRINCIPAL] == principal and tonumber(m[GENERATION]) <= tonumber(stamp) then
    local expires = tonumber(m[EXPIRES])
    if tonumber(m[GENERATION]) > tonumber(before) and (expires == 0 or expires > now) then
      ended[#ended + 1] = name
      ended[#ended + 1] = tonumber(m[UNTIL])
      ended[#ended + 1] = m[HANDLE]
    end
    remove(m, name)
  end
end
local left = call('ZCOUNT', KEYS[1], '-inf', stamp)
return { 'ok', now, before, stamp, left, ended }
