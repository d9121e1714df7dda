package mysql

// CheckNames are the names of all preconditions that the engine tests, for --skip-check.
func (e *Engine) CheckNames() []string {
	names := []string{
		"accounts", "apparmor", "arch", "build", "clients", "clock", "cluster", "copy", "disk", "drop-in", "durable", "encrypted", "engines",
		"filters", "identity", "installed", "kept", "layout", "links", "log-disk", "memory", "method", "options", "plugins", "port", "primary",
		"reach", "replicas", "role", "running", "stream", "systemd", "tools", "version",
	}
	return names
}
