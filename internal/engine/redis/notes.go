package redis

import "encoding/json"

// parseNote reads a note of Belt's. One that cannot be read counts as nothing noted.
func parseNote(text string, into any) {
	_ = json.Unmarshal([]byte(text), into)
}
