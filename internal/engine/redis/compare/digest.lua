-- What keys hold, in a form that does not depend on how their server stores them. The settings in ARGV:
-- 1 elements and 2 bytes from which on a key is left for later, 3 bytes after which the rest of the call is left,
-- 4 "1" where PEXPIRETIME is known, 5 "1" where fields of a hash may expire.
local most, heavy, budget = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local absolute, fields = ARGV[4] == '1', ARGV[5] == '1'
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local seen = 0

local function part(s) return #s .. ':' .. s end
local function number(s) local n = tonumber(s); return n and string.format('%.17g', n) or s end
local function sum(parts) return redis.sha1hex(table.concat(parts)) end
-- The order of hashed tables differs between servers, and that of text between locales, but not that of hex digits.
local function unordered(parts)
	for i = 1, #parts do parts[i] = redis.sha1hex(parts[i]) end
	table.sort(parts)
	return table.concat(parts)
end
local function bulky(key, count)
	if count > most then return true end
	return (redis.call('MEMORY', 'USAGE', key, 'SAMPLES', 3) or 0) > heavy
end
local function weigh(v)
	if type(v) == 'table' then for i = 1, #v do weigh(v[i]) end else seen = seen + #tostring(v) + 16 end
	return v
end
local function flat(v, into)
	for i = 1, #v do
		if type(v[i]) == 'table' then flat(v[i], into) else into[#into + 1] = part(tostring(v[i])) end
	end
	return into
end
local function field(list, name)
	for i = 1, #list, 2 do if list[i] == name then return tostring(list[i + 1]) end end
	return ''
end

local read = {}
function read.string(key)
	local value = redis.call('GETRANGE', key, 0, heavy)
	if #value > heavy then return end
	return weigh(value)
end
function read.list(key)
	if bulky(key, redis.call('LLEN', key)) then return end
	return table.concat(flat(weigh(redis.call('LRANGE', key, 0, -1)), {}))
end
function read.set(key)
	if bulky(key, redis.call('SCARD', key)) then return end
	return unordered(flat(weigh(redis.call('SMEMBERS', key)), {}))
end
function read.hash(key)
	if bulky(key, redis.call('HLEN', key)) then return end
	local all, parts, names = weigh(redis.call('HGETALL', key)), {}, {}
	for i = 1, #all, 2 do
		parts[#parts + 1] = part(all[i]) .. part(all[i + 1])
		names[#names + 1] = all[i]
	end
	if fields and #names > 0 then
		local ends = redis.pcall('HPEXPIRETIME', key, 'FIELDS', #names, unpack(names))
		if not ends.err then for i = 1, #names do parts[i] = parts[i] .. part(tostring(ends[i])) end end
	end
	return unordered(parts)
end
function read.zset(key)
	if bulky(key, redis.call('ZCARD', key)) then return end
	local all, parts = weigh(redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')), {}
	for i = 1, #all, 2 do parts[#parts + 1] = part(all[i]) .. part(number(all[i + 1])) end
	return table.concat(parts)
end
local function readers(key)
	local parts = { part(field(redis.call('XINFO', 'STREAM', key), 'last-generated-id')) }
	for _, g in ipairs(redis.call('XINFO', 'GROUPS', key)) do
		for _, name in ipairs({ 'name', 'pending', 'last-delivered-id' }) do parts[#parts + 1] = part(field(g, name)) end
	end
	return table.concat(parts)
end
function read.stream(key)
	if bulky(key, redis.call('XLEN', key)) then return end
	local parts = flat(weigh(redis.call('XRANGE', key, '-', '+')), {})
	parts[#parts + 1] = readers(key)
	return table.concat(parts)
end
-- What modules make has no other common form than that in which it is dumped, without the version and the checksum.
local function other(key)
	local dump = weigh(redis.call('DUMP', key)) or ''
	return string.sub(dump, 1, -11)
end

-- The type of a key, when it expires, and what it holds; no content where that is left for later.
local function told(key)
	local kind = redis.call('TYPE', key).ok
	seen = seen + #key + 64
	if kind == 'none' then return kind, '-1', '' end
	local ends
	if absolute then
		ends = redis.call('PEXPIRETIME', key)
	else
		ends = redis.call('PTTL', key)
		if ends >= 0 then ends = now + ends end
	end
	return kind, ends == -1 and '-1' or string.format('%.0f', ends), (read[kind] or other)(key)
end
