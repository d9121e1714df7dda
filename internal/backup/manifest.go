// Package backup keeps backups in a folder of a server: DIRECTORY/APP/DATABASE/ID, each with the stream in the file data and
// what is known of it in manifest.json, which is written last. A folder without that is no backup, but what is left of one.
package backup

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
)

// Manifest is what is known of a backup.
type Manifest struct {
	Version       int       `json:"version"` // of this format: 1
	ID            string    `json:"id"`
	App           string    `json:"app"`
	Database      string    `json:"database"`
	Engine        string    `json:"engine"`
	EngineVersion string    `json:"engine_version"`
	Method        string    `json:"method"`   // "pg_basebackup": how the stream is read again
	Source        string    `json:"source"`   // the server it was taken from
	Role          string    `json:"role"`     // of that server: "primary" or "replica"
	Position      string    `json:"position"` // in the engine's notation
	Started       time.Time `json:"started"`
	Ended         time.Time `json:"ended"`
	DataBytes     int64     `json:"data_bytes"` // of the data on the source's disk, about
	Bytes         int64     `json:"bytes"`      // of the file
	SHA256        string    `json:"sha256"`     // of the file
	Compression   string    `json:"compression"`
	Recipient     string    `json:"recipient"` // that it is encrypted to; empty for none
	Arch          string    `json:"arch"`
}

// NewID names a backup by its time: the later the greater.
func NewID(t time.Time) string { return t.UTC().Format("20060102t150405z") }

// ParseID tells when a backup of that name was begun.
func ParseID(id string) (time.Time, bool) {
	t, err := time.Parse("20060102t150405z", id)
	return t, err == nil
}

// Place is the folder of one database's backups.
func Place(directory, app, database string) string { return path.Join(directory, app, database) }

// Expired are the backups that are not kept, the oldest first: those beyond the newest keep, and those older than days. 0
// is no limit. The newest one is always kept: a backup that is too old is better than none.
func Expired(all []Manifest, keep, days int, now time.Time) []Manifest {
	sorted := slices.Clone(all)
	slices.SortFunc(sorted, func(a, b Manifest) int { return strings.Compare(b.ID, a.ID) })
	var out []Manifest
	for i, m := range sorted {
		old := days > 0 && now.Sub(m.Started) > time.Duration(days)*24*time.Hour
		if i > 0 && (keep > 0 && i >= keep || old) {
			out = append(out, m)
		}
	}
	slices.Reverse(out)
	return out
}

// Find returns the backup of that id, or the newest for an empty one.
func Find(all []Manifest, id string) (Manifest, error) {
	if len(all) == 0 {
		return Manifest{}, fmt.Errorf("there is no backup")
	}
	if id == "" {
		return slices.MaxFunc(all, func(a, b Manifest) int { return strings.Compare(a.ID, b.ID) }), nil
	}
	for _, m := range all {
		if m.ID == id {
			return m, nil
		}
	}
	return Manifest{}, fmt.Errorf("there is no backup %s", id)
}
