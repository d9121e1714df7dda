package mysql

// CheckNames are the names of all preconditions that the engine tests, for --skip-check.
func (e *Engine) CheckNames() []string {
	names := []string{
		"accounts", "apparmor", "arch", "build", "clients", "clock", "cluster", "copy", "disk", "drop-in", "durable",
		"encrypted", "engines", "events", "filters", "furthest", "identity", "installed", "kept", "lag", "layout", "links",
		"log-disk", "loss", "lost", "memory", "method", "options", "plugins", "port", "primary", "reach", "replicas",
		"role", "running", "siblings", "stream", "systemd", "tls", "tools", "triggers", "version",
	}
	return names
}
