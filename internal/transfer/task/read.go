package task

import (
	"encoding/json"
	"fmt"
	"os"
)

// Read reads a task from its file.
func Read(file string) (Task, error) {
	var t Task
	text, err := os.ReadFile(file)
	if err != nil {
		return t, err
	}
	if err := json.Unmarshal(text, &t); err != nil {
		return t, fmt.Errorf("%s: %w", file, err)
	}
	if t.Version != Version {
		return t, fmt.Errorf("%s is for version %d of the mover, which is version %d", file, t.Version, Version)
	}
	return t, nil
}
