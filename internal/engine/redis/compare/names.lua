-- A page of keys. ARGV 1: cursor, 2: how many.
local page = redis.call('SCAN', ARGV[1], 'COUNT', ARGV[2])
local out = { page[1] }
for _, key in ipairs(page[2]) do out[#out + 1] = key end
return out
