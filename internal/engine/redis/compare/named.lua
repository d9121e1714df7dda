-- The keys from ARGV 6 on, one by one: "type expiry digest". The digest of a key that is left for later is "+", "?" stands
-- for one that the call has no room for, and that of a module's type begins with "!".
local out = {}
for i = 6, #ARGV do
	if seen > budget then
		out[#out + 1] = '?'
	else
		local kind, ends, content = told(ARGV[i])
		local digest = content and redis.sha1hex(content) or '+'
		if content and not read[kind] and kind ~= 'none' then digest = '!' .. digest end
		out[#out + 1] = kind .. ' ' .. ends .. ' ' .. digest
	end
end
return out
