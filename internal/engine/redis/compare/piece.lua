-- A piece of one big key. ARGV 6: key, 7: type, 8: where the piece begins, 9: how many elements, 10: how many bytes.
-- Returns where the next one begins, empty at the end; how many elements it had; a digest of them in their order, or, of
-- a set or a hash, three numbers that do not depend on the order.
local key, kind, at, count, bytes = ARGV[6], ARGV[7], ARGV[8], tonumber(ARGV[9]), tonumber(ARGV[10])
local next, n, parts, loose = '', 0, {}, false
if kind == 'string' then
	local from = tonumber(at) or 0
	local piece = redis.call('GETRANGE', key, from, from + bytes - 1)
	n, parts = #piece, { piece }
	if n == bytes then next = tostring(from + bytes) end
elseif kind == 'list' or kind == 'zset' then
	local from = tonumber(at) or 0
	local all
	if kind == 'list' then
		all = redis.call('LRANGE', key, from, from + count - 1)
		n = #all
		parts = flat(all, {})
	else
		all = redis.call('ZRANGE', key, from, from + count - 1, 'WITHSCORES')
		n = #all / 2
		for i = 1, #all, 2 do parts[#parts + 1] = part(all[i]) .. part(number(all[i + 1])) end
	end
	if n == count then next = tostring(from + count) end
elseif kind == 'stream' then
	local all = redis.call('XRANGE', key, at == '' and '-' or at, '+', 'COUNT', count)
	n = #all
	parts = flat(all, {})
	if n == count then
		local id, seq = string.match(all[n][1], '^(%d+)%-(%d+)$')
		next = id .. '-' .. string.format('%.0f', seq + 1)
	else
		parts[#parts + 1] = readers(key)
	end
elseif kind == 'set' or kind == 'hash' then
	loose = true
	local page = redis.call(kind == 'set' and 'SSCAN' or 'HSCAN', key, at == '' and '0' or at, 'COUNT', count)
	if page[1] ~= '0' then next = page[1] end
	local all, step = page[2], kind == 'set' and 1 or 2
	for i = 1, #all, step do
		n = n + 1
		parts[n] = part(all[i]) .. (step == 2 and part(all[i + 1]) or '')
	end
end
if not loose then return { next, n, sum(parts) } end
local a, b, c = 0, 0, 0
for i = 1, n do
	local h = redis.sha1hex(parts[i])
	a = bit.bxor(a, tonumber(string.sub(h, 1, 8), 16))
	b = bit.bxor(b, tonumber(string.sub(h, 9, 16), 16))
	c = bit.bxor(c, tonumber(string.sub(h, 17, 24), 16))
end
return { next, n, a, b, c }
