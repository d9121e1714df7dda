-- How many keys there are, and where the server stands in the stream of changes, at one moment.
local state = redis.call('INFO', 'replication')
local at = string.match(state, 'slave_repl_offset:(%d+)') or string.match(state, 'master_repl_offset:(%d+)')
return { redis.call('DBSIZE'), at }
