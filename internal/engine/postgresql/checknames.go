package postgresql

// CheckNames are the names of all preconditions that the engine tests, for --skip-check.
func (e *Engine) CheckNames() []string {
	return []string{
		"arch", "archive", "build", "clients", "clock", "disk", "furthest", "hba", "identity", "installed", "kept", "lag", "layout",
		"limits", "locale", "loss", "lost", "memory", "port", "primary", "reach", "replicas", "role", "running", "settings", "siblings", "synchronous", "systemd",
		"tablespaces", "tools", "version", "wal", "wal-disk",
	}
}
