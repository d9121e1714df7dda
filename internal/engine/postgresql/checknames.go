package postgresql

// CheckNames are the names of all preconditions that the engine tests, for --skip-check.
func (e *Engine) CheckNames() []string {
	return []string{
		"arch", "build", "clients", "clock", "disk", "hba", "identity", "installed", "kept", "layout", "limits", "locale",
		"memory", "port", "primary", "reach", "replicas", "role", "running", "settings", "synchronous", "systemd",
		"tablespaces", "tools", "version", "wal", "wal-disk",
	}
}
