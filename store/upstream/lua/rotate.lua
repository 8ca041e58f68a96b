-- KEYS[2] is the new key. ARGV: 3 grace; 4 is 1 to bind the session to the principal in 5, with the generation in 6 unless this
-- is decided here; 7 most bytes; 8 most aliases; 9 most sessions of the principal, 10 is 1 to evict some.
local target = KEYS[2]
local m = open(key)
if not m then return { 'gone' } end
if target == key then return { 'exists' } end
local other, moved = open(target)
if other or moved then return { 'exists' } end
if call('EXISTS', target) == 1 then call('DEL', target) end
local former, before, removed = m[PRINCIPAL], m.old[1], {}
if ARGV[4] == '1' then
  local more, limit = #ARGV[5] - #former, tonumber(ARGV[7])
  m[BYTES] = digits(m[BYTES] + more)
  if limit > 0 and tonumber(m[BYTES]) > limit and more > 0 then return { 'limit', 'bytes', limit } end
  if ARGV[5] ~= '' and ARGV[5] ~= former then
    removed = admit(ARGV[5], tonumber(ARGV[9]), ARGV[10] == '1')
    if not removed then return { 'crowd', tonumber(ARGV[9]) } end
  end
end
if alone and former ~= '' then unbind(former, key) end
call('RENAME', key, target)
if ARGV[4] == '1' then
  local principal = ARGV[5]
  m[PRINCIPAL], m[GENERATION] = principal, ARGV[6]
  if principal == '' then
    m[GENERATION] = '0'
  else
    m[NEW] = '0'
    if alone then m[GENERATION] = bind(principal, target) end
  end
elseif alone and former ~= '' then
  call('ZADD', indexOf(former), m[GENERATION], target)
end
m[RENEWED] = digits(now)
schedule(m, tonumber(m[USED]))
local aliases, grace = {}, tonumber(ARGV[3])
for _, alias in ipairs(aliasesOf(target)) do
  local a = call('HMGET', alias, '@moved', '@expires')
  if alias ~= target and a[1] == key and tonumber(a[2]) > now then
    call('HSET', alias, '@moved', target)
    aliases[#aliases + 1] = alias
  end
end
if grace > 0 then
  local ends = digits(now + grace)
  call('HSET', key, '@moved', target, '@of', m[HANDLE], '@expires', ends)
  call('PEXPIREAT', key, ends)
  aliases[#aliases + 1] = key
end
while #aliases > tonumber(ARGV[8]) do call('DEL', table.remove(aliases, 1)) end
if #aliases > 0 then
  call('HSET', target, '@aliases', cmsgpack.pack(aliases))
else
  call('HDEL', target, '@aliases')
end
return { 'ok', before, now, write(target, m), removed }
