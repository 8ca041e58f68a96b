-- A call that nobody closes.
local x = redis.call('get',
  KEYS[1]
local y = x
return y
