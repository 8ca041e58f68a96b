-- KEYS: 1 the index of the principal, 2 its stamp. ARGV: 2 the principal; 3 the key that is spared, or empty; 4 how many to end
-- at once; 5 and 6 the stamps that an earlier call began with and made, or empty; 7 for how many milliseconds stamps are kept.
-- Everything that was bound to the principal before is dead from the first call on; the others count and remove.
local principal, spared = ARGV[2], ARGV[3]
local before, stamp = ARGV[5], ARGV[6]
if stamp == '' then
  before = call('GET', KEYS[2]) or '0'
  local at = nextOf(principal)
  stamp = digits(at)
  if spared ~= '' then
    local m, moved = open(spared)
    if moved then return { 'moved', moved } end
    if m and m[PRINCIPAL] == principal then
      m[GENERATION] = digits(at + 1)
      write(spared, m, true)
      enlist(principal, m[GENERATION], spared, latestOf(m[IDLE], m[UNTIL]))
    end
  end
  call('SET', KEYS[2], stamp, 'PX', ARGV[7])
end
local ended = {}
for _, name in ipairs(call('ZRANGEBYSCORE', KEYS[1], '-inf', stamp, 'LIMIT', 0, ARGV[4])) do
  call('ZREM', KEYS[1], name)
  local old = call('HMGET', name, '@state', '@times', '@handle', '@principal', '@aliases')
  local m = parse(unpack(old, 1, 4))
  if m and m[PRINCIPAL] == principal and tonumber(m[GENERATION]) <= tonumber(stamp) then
    local expires = tonumber(m[EXPIRES])
    if tonumber(m[GENERATION]) > tonumber(before) and (expires == 0 or expires > now) then
      ended[#ended + 1] = name
      ended[#ended + 1] = tonumber(m[UNTIL])
      ended[#ended + 1] = m[HANDLE]
    end
    m.aliases = old[5]
    remove(m, name)
  end
end
local left = call('ZCOUNT', KEYS[1], '-inf', stamp)
return { 'ok', now, before, stamp, left, ended }
