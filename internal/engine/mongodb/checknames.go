package mongodb

// CheckNames are the names of all preconditions that the engine tests, for --skip-check.
func (e *Engine) CheckNames() []string {
	return []string{
		"apps", "arbiters", "arch", "authorization", "between-apps", "clients", "clock", "conf", "disk", "engine",
		"exposure", "fcv", "furthest", "hosts", "identity", "installed", "kept", "lag", "layout", "loss", "lost", "memory",
		"method", "oplog", "port", "port-back", "primary", "reach", "replicas", "role", "running", "set", "sharding",
		"siblings", "systemd", "tls", "version",
	}
}
