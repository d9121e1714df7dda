-- The next cursor after ARGV[1], and "TYPE<tab>KEY VALUE EXPIRY" for each key of that step of a scan, all but the type as
-- a sum. The expiry is exact to ten seconds: older versions replicate what is left of it, not the time.
local function flat(value)
  if type(value) == 'table' then
    local parts = {}
    for i, part in ipairs(value) do parts[i] = flat(part) end
    return '[' .. table.concat(parts, ',') .. ']'
  end
  local text = tostring(value)
  return #text .. ':' .. text
end
local function pairs_sorted(list)
  local parts = {}
  for i = 1, #list, 2 do parts[#parts + 1] = flat({list[i], list[i + 1]}) end
  table.sort(parts)
  return parts
end
local function sorted(list) table.sort(list); return list end

local call = redis.call
local read = {
  string = function(key) return call('GET', key) end,
  hash = function(key) return pairs_sorted(call('HGETALL', key)) end,
  list = function(key) return call('LRANGE', key, 0, -1) end,
  set = function(key) return sorted(call('SMEMBERS', key)) end,
  zset = function(key) return call('ZRANGE', key, 0, -1, 'WITHSCORES') end,
  stream = function(key) return {call('XRANGE', key, '-', '+'), call('XINFO', 'GROUPS', key)} end,
}
local step = call('SCAN', ARGV[1], 'COUNT', 500)
local lines = {step[1]}
for _, key in ipairs(step[2]) do
  local kind = call('TYPE', key).ok
  if kind ~= 'none' then
    -- Right after another: to read a big key takes time.
    local now, left = call('TIME'), call('PTTL', key)
    local value = read[kind] and flat(read[kind](key)) or call('DUMP', key)
    local expiry = left < 0 and 'never' or math.floor((now[1] * 1000 + now[2] / 1000 + left) / 10000)
    lines[#lines + 1] = kind .. '\t' .. redis.sha1hex(key) .. ' ' .. redis.sha1hex(value) .. ' ' .. expiry
  end
end
return lines
