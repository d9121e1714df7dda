-- Keys of every type, small ones and some that are read in pieces. ARGV[1] is the chunk.
local chunk, call = ARGV[1], redis.call
local function name(what, i) return what .. ':' .. chunk .. ':' .. i end
for i = 1, 2500 do
	call('SET', name('s', i), 'value ' .. i .. string.rep('x', i % 80))
	if i % 3 == 0 then call('PEXPIREAT', name('s', i), 4102444805000 + i) end
end
for i = 1, 500 do
	call('HSET', name('h', i), 'a', i, 'b', 'text', 'c', i * 3)
	call('SADD', name('set', i), i, i + 1)
	call('SADD', name('set', i), 'm' .. i)
	call('ZADD', name('z', i), i, 'a', i + 1, 'b', 3.25, 'c')
	call('RPUSH', name('l', i), 'a', 'b', i)
	call('XADD', name('x', i), '1-' .. i, 'f', i, 'id', '7-7')
end
call('SELECT', 3)
for i = 1, 3000 do
	call('HSET', name('big hash', 1), 'f' .. i, i)
	call('SADD', name('big set', 1), 'm' .. i)
	call('ZADD', name('big zset', 1), i / 8, 'm' .. i)
	call('RPUSH', name('big list', 1), i)
	call('XADD', name('big stream', 1), '5-' .. i, 'f', i, 'before', '5-' .. (i - 1))
end
call('XGROUP', 'CREATE', name('big stream', 1), 'readers', '5-7')
call('SET', name('big string', 1), string.rep('0123456789', 100000))
call('SET', 'odd\nkey\0"\\' .. chunk, 'odd\r\nvalue\0')
call('SET', name('empty', 1), '')
call('PFADD', name('hll', 1), 'a', 'b', 'c')
call('SETBIT', name('bits', 1), 99997, 1)
return 'filled'
