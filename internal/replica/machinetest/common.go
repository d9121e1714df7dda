package machinetest

import (
	"fmt"
	"path"
	"strings"
)

// common are the scripts that every engine's steps use.
func (m *Machine) common() []Script {
	return []Script{
		{Title("note .*"), 1, true, m.note},
		{Title("write .*"), 6, true, m.writeFile},
		{Title("read the noted .*"), 1, false, m.showNotes},
		{Title("read /.*"), 1, false, m.readFile},
		{Title("look which run put the data in place"), 1, false, func(c Call) (string, error) { return m.Files.Read(c.Args[0]), nil }},
		{Title("look for a certificate"), 2, false, m.bothThere},
		{Title("look for what the run made"), 2, false, m.eitherThere},
		{Title("look for what is to be removed"), -1, false, m.Removed},
		{Title("remove belt's notes"), -1, true, m.removeFiles},
		{Title("remove the (password file|certificate)"), 3, true, m.removePair},
		{Title("make .*"), 3, true, m.makeFolder},
		{Title("make .*"), 2, true, m.makeFolder},
		{Title("look whether .* is there"), 1, false, m.there},
		{Title("look for (the note|the copy)"), 1, false, m.there},

		{Title("start the job .*"), 5, true, m.startJob},
		{Title("follow the job .*"), 5, false, m.followJob},
		{Title("stop the job .*"), 4, true, m.stopJob},

		{Title("look for old data"), 3, false, m.lookForOldData},
		{Title("delete the old data"), 2, true, m.deleteOldData},
		{Title("swap the data folders"), -1, true, m.swap},
		{Title("mark the copy complete"), 1, true, m.markComplete},
		{Title("put the old data back"), 5, true, m.unswap},
		{Title("put the old data back"), 3, true, m.finishUnswap},
		{Title("put the replica's data in place again"), 5, true, m.swapAgain},
		{Title("look for the (old|kept) data"), 1, false, m.gone},
		{Title("delete the unfinished copy"), -1, true, m.deleteCopy},
		{Title("delete .*"), 2, true, m.deleteFolder},

		{Title("(re)?start .*"), 3, true, m.startUnit},
		{Title("stop .*"), 1, true, m.stopUnit},
	}
}

func (m *Machine) writeFile(c Call) (string, error) {
	if fmt.Sprint(len(c.Input)) != c.Args[1] {
		return "", Fails("only %d of %s bytes arrived", len(c.Input), c.Args[1])
	}
	if why := m.Broken["write"]; why != "" {
		return "", Fails("%s", why)
	}
	m.Files.Write(c.Args[0], c.Input, c.Args[3])
	return "", nil
}

// note writes a record into Belt's own folder.
func (m *Machine) note(c Call) (string, error) {
	if why := m.Broken["write"]; why != "" {
		return "", Fails("%s", why)
	}
	m.Files.Mkdir("/var/lib/belt", "root")
	m.Files.Mkdir(path.Dir(c.Args[0]), "root")
	m.Files.Write(c.Args[0], c.Input, "root")
	return "", nil
}

func (m *Machine) readFile(c Call) (string, error) {
	if !m.Files.Has(c.Args[0]) {
		return "", Fails("cat: %s: No such file or directory", c.Args[0])
	}
	return m.Files.Read(c.Args[0]), nil
}

func (m *Machine) showNotes(c Call) (string, error) {
	if !m.Files.Has(c.Args[0]) {
		return "{}\n", nil
	}
	return m.Files.Read(c.Args[0]), nil
}

func (m *Machine) there(c Call) (string, error) {
	if m.Files.Has(c.Args[0]) {
		return "there\n", nil
	}
	return "", nil
}

func (m *Machine) bothThere(c Call) (string, error) {
	if m.Files.Read(c.Args[0]) != "" && m.Files.Read(c.Args[1]) != "" {
		return "there\n", nil
	}
	return "", nil
}

func (m *Machine) eitherThere(c Call) (string, error) {
	if m.Files.Has(c.Args[0]) || m.Files.Has(c.Args[1]) {
		return "left\n", nil
	}
	return "", nil
}

// Removed tells whether nothing of what is to be removed is there.
func (m *Machine) Removed(c Call) (string, error) {
	for _, file := range c.Args {
		id, isJob := strings.CutPrefix(file, "/var/lib/belt/jobs/")
		if m.Files.Has(file) || isJob && m.Jobs[id] != nil {
			return "", nil
		}
	}
	return "none\n", nil
}

func (m *Machine) gone(c Call) (string, error) {
	if m.Files.Has(c.Args[0]) || strings.Contains(c.Script, ".json") && m.Files.Has(c.Args[0]+".json") {
		return "", nil
	}
	return "gone\n", nil
}

func (m *Machine) removeFiles(c Call) (string, error) {
	for _, p := range c.Args {
		delete(m.Files, p)
	}
	return "", nil
}

func (m *Machine) removePair(c Call) (string, error) {
	delete(m.Files, c.Args[0])
	delete(m.Files, c.Args[1])
	if len(m.Files.Under(c.Args[2])) == 0 {
		delete(m.Files, c.Args[2])
	}
	return "", nil
}

func (m *Machine) markComplete(c Call) (string, error) {
	m.Files.Write(c.Args[0]+".complete", "", "root")
	return "", nil
}

func (m *Machine) makeFolder(c Call) (string, error) {
	m.Files.Mkdir(c.Args[0], c.Args[1])
	return "", nil
}
