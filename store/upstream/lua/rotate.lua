-- KEYS[2] is the new key. ARGV: 2 grace; 3 is 1 to bind the session to the principal in 4, with the generation in 5 unless this
-- is decided here; 6 most bytes; 7 most aliases; 8 most sessions of the principal, 9 what admit is told of others;
-- 10 until when it is done, 0 for ever.
local target = KEYS[2]
local m, moved, of = open(key)
if not m then return absent(moved, of) end
if ARGV[10] ~= '0' and now > tonumber(ARGV[10]) then return { 'late' } end
if target == key then return { 'exists' } end
local other, leads = open(target)
if other or leads then return { 'exists' } end
if call('EXISTS', target) == 1 then call('DEL', target) end
local former, before, removed, no = m[PRINCIPAL], m.before, {}, nil
if ARGV[3] == '1' then
  local more, limit = #ARGV[4] - #former, tonumber(ARGV[6])
  m[BYTES] = digits(m[BYTES] + more)
  if limit > 0 and tonumber(m[BYTES]) > limit and more > 0 then return { 'limit', 'bytes', limit } end
  if ARGV[4] ~= '' and ARGV[4] ~= former then
    removed, no = admit(ARGV[4], tonumber(ARGV[8]), ARGV[9])
    if not removed then return no end
  end
end
if alone and former ~= '' then unbind(former, key) end
call('RENAME', key, target)
if ARGV[3] == '1' then
  local principal = ARGV[4]
  m[PRINCIPAL], m[GENERATION] = principal, ARGV[5]
  if principal == '' then
    m[GENERATION] = '0'
  else
    m[NEW] = '0'
    if alone then m[GENERATION] = bind(principal, target, latestOf(m[IDLE], m[UNTIL])) end
  end
elseif alone and former ~= '' then
  enlist(former, m[GENERATION], target, latestOf(m[IDLE], m[UNTIL]))
end
m[RENEWED] = digits(now)
schedule(m, tonumber(m[USED]))
local aliases, grace = {}, tonumber(ARGV[2])
for _, alias in ipairs(aliasesOf(m)) do
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
while #aliases > tonumber(ARGV[7]) do call('DEL', table.remove(aliases, 1)) end
if #aliases > 0 then
  call('HSET', target, '@aliases', cmsgpack.pack(aliases))
else
  call('HDEL', target, '@aliases')
end
return { 'ok', before, now, write(target, m, true), removed }
