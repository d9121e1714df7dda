package redis

// CheckNames are the names of all preconditions that the engine tests, for --skip-check.
func (e *Engine) CheckNames() []string {
	return []string{
		"arch", "backlog", "buffers", "clients", "clock", "commands", "config", "disk", "eviction", "fork", "identity", "installed", "kept", "layout",
		"maxmemory", "memory", "memory-free", "method", "mode", "overcommit", "password", "persistence", "port", "primary", "reach", "renames",
		"replicas", "role", "running", "settings", "systemd", "tls", "version", "writes",
	}
}
