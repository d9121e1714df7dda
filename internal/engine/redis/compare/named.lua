-- The digests of the keys from ARGV 6 on.
local out = {}
for i = 6, #ARGV do out[#out + 1] = digest(ARGV[i]) end
return out
