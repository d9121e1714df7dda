-- Those of the keys in ARGV that are not there, by their place.
local out = {}
for i, key in ipairs(ARGV) do
	if redis.call('EXISTS', key) == 0 then out[#out + 1] = i end
end
return out
