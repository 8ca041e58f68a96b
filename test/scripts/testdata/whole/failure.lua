-- An error deep in the calls, in a line of its own.
local function third(t)
  return t.missing.field
end
local function second(t)
  return third(t) + 1
end
local ok, message = pcall(second, {})
redis.call('set', KEYS[1], message)
local config = {
  retries = 3,
  names = {'a', 'b'},
}
for i = 1, config.retries do
  if i == 3 then
    redis.call('incr',
      KEYS[1])
  end
end
return message
