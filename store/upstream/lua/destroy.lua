-- ARGV: 2 the principal that the session must belong to, or empty; 3 the last generation that is destroyed; 4 is 1 where a write
-- has to follow even if there was no session, for WAIT to wait for.
local m, moved, of = open(key)
if not m then
  if ARGV[4] == '1' then call('SET', 'sess-wait:' .. string.match(key, '{[^}]*}'), 1, 'PX', 1000) end
  return absent(moved, of)
end
if ARGV[2] ~= '' and (m[PRINCIPAL] ~= ARGV[2] or tonumber(m[GENERATION]) > tonumber(ARGV[3])) then return { 'gone' } end
remove(m, key)
return { 'destroyed', m.before, now }
