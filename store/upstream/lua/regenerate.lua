-- For clusters. ARGV: 2 the principal that the session must belong to; 3 the generation that it gets.
local m, moved, of = open(key)
if not m then return absent(moved, of) end
if m[PRINCIPAL] ~= ARGV[2] then return { 'gone' } end
m[GENERATION] = ARGV[3]
return { 'ok', write(key, m, true) }
