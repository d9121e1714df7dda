package machinetest

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Job is a detached job's folder: a [Machine] ends every job at once.
type Job struct {
	State     string // "exit-0"
	hash, log string
}

// startJob is start.sh of package job.
func (m *Machine) startJob(c Call) (string, error) {
	id, hash := c.Args[2], c.Args[3]
	if j := m.Jobs[id]; j != nil && j.hash == hash && j.State == "exit-0" {
		return "finished\n", nil
	}
	text, err := scriptOf(c.Input)
	if err != nil {
		return "", Fails("%v", err)
	}
	first, _, _ := strings.Cut(text, "\n")
	j := &Job{hash: hash, State: "exit-0"}
	m.Jobs[id] = j
	err = m.Service.Work(id, text, words(strings.TrimPrefix(first, "set --")))
	var f *Failure
	switch {
	case errors.As(err, &f):
		j.State, j.log = fmt.Sprintf("exit-%d", f.Code), f.Text
	case err != nil:
		j.State, j.log = "exit-1", err.Error()
	}
	return "started\n", nil
}

func (m *Machine) followJob(c Call) (string, error) {
	j := m.Jobs[c.Args[2]]
	if j == nil {
		return "missing\n\n", nil
	}
	return j.State + "\n\n" + j.log, nil
}

func (m *Machine) stopJob(c Call) (string, error) {
	if c.Args[3] == "remove" {
		delete(m.Jobs, c.Args[2])
	}
	return "", nil
}

// scriptOf finds the script in a job's archive.
func scriptOf(archive string) (string, error) {
	r := tar.NewReader(strings.NewReader(archive))
	for {
		h, err := r.Next()
		if err != nil {
			return "", fmt.Errorf("the job's files did not arrive: %w", err)
		}
		if h.Name == "script" {
			text, err := io.ReadAll(r)
			return string(text), err
		}
	}
}

// words reads the single-quoted words of a line.
func words(line string) []string {
	var out []string
	for {
		_, rest, ok := strings.Cut(line, "'")
		if !ok {
			return out
		}
		word := ""
		for {
			part, after, _ := strings.Cut(rest, "'")
			word += part
			if !strings.HasPrefix(after, `\''`) {
				line = after
				break
			}
			word, rest = word+"'", after[3:]
		}
		out = append(out, word)
	}
}
