package redis

// CheckNames are the names of all preconditions that the engine tests, for --skip-check.
func (e *Engine) CheckNames() []string {
	return []string{
		"arch", "backlog", "buffers", "clients", "clock", "commands", "config", "disk", "eviction", "fork", "furthest",
		"identity", "installed", "kept", "lag", "layout", "loss", "lost", "maxmemory", "memory", "memory-free", "method",
		"mode", "overcommit", "password", "persistence", "port", "primary", "reach", "renames", "replicas", "role",
		"running", "settings", "siblings", "systemd", "tls", "version", "writes",
	}
}
