-- A page of keys with their digests. ARGV 6: cursor, 7: how many.
local page = redis.call('SCAN', ARGV[6], 'COUNT', ARGV[7])
local out = { page[1] }
for _, key in ipairs(page[2]) do
	out[#out + 1] = key
	out[#out + 1] = digest(key)
end
return out
