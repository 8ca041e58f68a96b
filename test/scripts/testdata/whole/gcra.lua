-- A rate limiter that keeps the time at which the bucket is empty again.
redis.replicate_commands()
local key, burst, rate, period, cost = KEYS[1], 10, 5, 1, tonumber(ARGV[2])
local emission = period / rate
local increment = emission * cost
local offset = emission * burst
local epoch = 1483228800
local now = 1700000000.123456 - epoch
local tat = redis.call('GET', key)
if not tat then
  tat = now
else
  tat = tonumber(tat)
end
tat = math.max(tat, now)
local new = tat + increment
local diff = now - (new - offset)
local remaining = diff / emission
if remaining < 0 then
  return {0, 0, tostring((new - offset) - now), tostring(tat - now)}
end
local reset = new - now
if reset > 0 then
  redis.call('SET', key, new, 'EX', math.ceil(reset))
end
return {cost, remaining, tostring(-1), tostring(reset), redis.call('GET', key), redis.call('TTL', key)}
