-- Neighbours among the keys from ARGV 10 on under one digest: "size bytes digest places expiries" for each group, from the
-- first key on until the call has no more room. Places are those in the group of keys that are left for later.
-- ARGV 6: "1" where expiries are part of the digest; otherwise they are told, those of the keys that have one.
-- 7: the sizes of the groups, or empty: then one ends after 8 keys, or 9 bytes.
local exact, most_keys, most_bytes = ARGV[6] == '1', tonumber(ARGV[8]), tonumber(ARGV[9])
local sizes
if ARGV[7] ~= '' then
	sizes = {}
	for n in string.gmatch(ARGV[7], '%d+') do sizes[#sizes + 1] = tonumber(n) end
end
local function list(values) return #values > 0 and table.concat(values, ',') or '-' end
local out, at, last = {}, 10, #ARGV
while at <= last and seen <= budget do
	local first, begun, parts, n, big, expiries = at, seen, {}, 0, {}, {}
	local size = sizes and sizes[#out + 1] or most_keys
	while at <= last and at - first < size and (sizes or seen - begun < most_bytes) do
		local kind, ends, content = told(ARGV[at])
		if not content then
			big[#big + 1], content = at - first, '+'
		end
		if not exact and ends ~= '-1' then
			expiries[#expiries + 1], ends = ends, '+'
		end
		parts[n + 1], parts[n + 2], parts[n + 3] = kind, ' ' .. ends .. ' ' .. #content .. ':', content
		n, at = n + 3, at + 1
	end
	out[#out + 1] = (at - first) .. ' ' .. (seen - begun) .. ' ' .. sum(parts) .. ' ' .. list(big) .. ' ' .. list(expiries)
end
return out
