package mongodb

// CheckNames are the names of all preconditions that the engine tests, for --skip-check.
func (e *Engine) CheckNames() []string {
	return []string{
		"apps", "arbiters", "arch", "authorization", "between-apps", "clients", "clock", "conf", "disk", "engine", "exposure", "fcv",
		"hosts", "identity", "installed", "kept", "layout", "memory", "method", "oplog", "port", "port-back", "primary", "reach",
		"replicas", "role", "running", "set", "sharding", "systemd", "tls", "version",
	}
}
