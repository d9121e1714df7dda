-- About one megabyte of keys of every type. ARGV[1] is the chunk's number, from 1 on; ARGV[2] how many there will be.
local chunk, chunks = tonumber(ARGV[1]), tonumber(ARGV[2])
local call = redis.call
local function random(n) return redis.sha1hex(chunk .. ':' .. n) end
local function name(what, i) return what .. ':' .. chunk .. ':' .. i end
-- Most apps use one database, some a few.
local function within(i) call('SELECT', ({0, 0, 0, 0, 0, 0, 0, 3, 3, 15})[i % 10 + 1]) end

for i = 1, 1000 do
  within(i)
  call('SET', name('page', i), string.rep(random(i), 7))
  -- In the year 2100; never near a multiple of ten seconds, which is as exact as the lab's checksum is.
  if i % 10 == 0 then call('PEXPIREAT', name('page', i), 4102444805000 + i * 10000) end
end
for i = 1, 100 do
  within(i)
  for field = 1, 10 do call('HSET', name('session', i), 'field-' .. field, random(i * field)) end
  if i % 2 == 0 then call('PEXPIREAT', name('session', i), 4102444805000) end
end
for i = 1, 20 do
  within(i)
  for element = 1, 60 do
    call('RPUSH', name('queue', i), random(i * element))
    call('SADD', name('tags', i), random(i * element))
    call('SADD', name('ids', i), i * element)
    call('ZADD', name('scores', i), (i * element) / 8, random(i + element))
  end
  call('SETBIT', name('seen', i), i * 997, 1)
  call('PFADD', name('visitors', i), random(i), random(i + 1), random(i + 2))
  call('GEOADD', name('places', i), i, i / 2, random(i))
  call('INCRBY', name('counter', i), i * 1234567)
end
call('SELECT', 0)
for i = 1, 2 do
  for entry = 1, 50 do call('XADD', name('events', i), chunk .. '-' .. entry, 'who', random(entry), 'what', 'bought') end
  call('XGROUP', 'CREATE', name('events', i), 'readers', '0')
  call('XREADGROUP', 'GROUP', 'readers', 'alice', 'COUNT', 5, 'STREAMS', name('events', i), '>')
end
call('SET', 'odd\nkey\0' .. chunk, 'odd\r\nvalue\0' .. chunk)
call('SET', name('empty', 1), '')
if chunk == 1 and chunks >= 20 then
  call('SET', 'big:string', string.rep(random(1), 50000))
  for i = 1, 40000 do call('HSET', 'big:hash', 'field-' .. i, random(i)) end
end
return 'filled'
