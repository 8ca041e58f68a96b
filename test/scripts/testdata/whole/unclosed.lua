-- A block that nobody closes.
local function f(x)
  if x then
    return {
      a = 1,
    }

  return nil
end
return f(1)
