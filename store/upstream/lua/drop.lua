-- The quick way of a destroy, tried before destroy.lua: of a session at hand that has no principal. ARGV: 1 the state that is known.
-- Returns 0, with nothing done, where the session has another, or aliases.
local is = redis.call('HMGET', KEYS[1], '@state', '@aliases')
if is[1] ~= ARGV[1] or is[2] then return 0 end
return redis.call('DEL', KEYS[1])
