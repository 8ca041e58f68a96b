-- KEYS: 1 the index of the principal. ARGV: 2 the principal; 3 to how many keys its index is to shrink; 4 what shrink is to have.
return { 'ok', shrink(ARGV[2], tonumber(ARGV[3]), ARGV[4]) }
