package machinetest

import (
	"path"
	"slices"
	"strings"
)

func (m *Machine) lookForOldData(c Call) (string, error) {
	if m.Files.Has(c.Args[0]+"/"+c.Args[2]) && !m.Files.Has(c.Args[1]) {
		return "there\n", nil
	}
	return "", nil
}

func (m *Machine) deleteOldData(c Call) (string, error) {
	m.Service.Stop()
	m.Files.Empty(c.Args[1])
	return "", nil
}

// swap is swap.sh.
func (m *Machine) swap(c Call) (string, error) {
	data, fresh, old, note, done := c.Args[0], c.Args[1], c.Args[2], c.Args[4], c.Args[6]
	if !m.Files.Has(fresh) {
		delete(m.Files, fresh+".complete")
	} else {
		if !m.Files.Has(fresh + ".complete") {
			return "", Fails("the copy in %s is not complete", fresh)
		}
		if err := m.Service.Ready(fresh, c.Args[7:]); err != nil {
			return "", Fails("%v", err)
		}
		m.Service.Stop()
		if m.Files.Has(data) && len(m.Files.Under(data)) == 0 {
			m.Files.Remove(data)
		} else if m.Files.Has(data) {
			if m.Files.Has(old) {
				return "", Fails("%s is there already", old)
			}
			m.Files.Write(old+".json", note+"\n", "root")
			m.Files.Move(data, old)
		}
		m.Files.Move(fresh, data)
		delete(m.Files, fresh+".complete")
	}
	_, run, _ := strings.Cut(old, ".belt-old-")
	m.Files.Write(done, run+"\n", "root")
	return "", nil
}

// unswap is unswap.sh.
func (m *Machine) unswap(c Call) (string, error) {
	data, aside, old := c.Args[0], c.Args[1], c.Args[2]
	if m.Files.Has(old) {
		m.Service.Stop()
		if m.Files.Has(data) {
			if m.Files.Has(aside) {
				return "", Fails("%s and %s and %s are all there", aside, data, old)
			}
			m.Files.Move(data, aside)
		}
		m.Files.Move(old, data)
	}
	delete(m.Files, old+".json")
	if c.Args[4] == "start" {
		if err := m.Service.Start(); err != nil {
			return "", Fails("%v", err)
		}
	}
	return "", nil
}

// finishUnswap puts the old folder back where a run ended between two renames.
func (m *Machine) finishUnswap(c Call) (string, error) {
	data, old := c.Args[0], c.Args[1]
	if m.Files.Has(data) || !m.Files.Has(old) {
		return "", nil
	}
	m.Files.Move(old, data)
	delete(m.Files, old+".json")
	if err := m.Service.Start(); err != nil {
		return "", Fails("%v", err)
	}
	return "", nil
}

// swapAgain takes unswap back.
func (m *Machine) swapAgain(c Call) (string, error) {
	data, aside, old, note := c.Args[0], c.Args[1], c.Args[2], c.Args[4]
	if !m.Files.Has(aside) {
		return "", nil
	}
	m.Service.Stop()
	if !m.Files.Has(old) {
		m.Files.Move(data, old)
	}
	m.Files.Move(aside, data)
	m.Files.Write(old+".json", note+"\n", "root")
	if err := m.Service.Start(); err != nil {
		return "", Fails("%v", err)
	}
	return "", nil
}

// deleteCopy is dropcopy.sh.
func (m *Machine) deleteCopy(c Call) (string, error) {
	if c.Args[1] == m.DataDir {
		m.T.Errorf("%s: the data folder in use is deleted as an unfinished copy", m.Name)
	}
	m.Files.Remove(c.Args[1])
	delete(m.Files, c.Args[1]+".complete")
	for _, place := range c.Args[2:] {
		if !slices.Contains(m.links(c.Args[0]), place) {
			m.Files.Remove(place)
		}
	}
	return "", nil
}

// deleteFolder is deletefolder.sh: kept data goes with the places that only it refers to.
func (m *Machine) deleteFolder(c Call) (string, error) {
	folder, inUse := c.Args[0], c.Args[1]
	if folder == inUse {
		return "", Fails("%s is the data folder in use", folder)
	}
	for _, place := range m.links(folder) {
		if strings.Contains(path.Base(place), ".belt-") && !slices.Contains(m.links(inUse), place) {
			m.Files.Remove(place)
		}
	}
	m.Files.Remove(folder)
	delete(m.Files, folder+".json")
	return "", nil
}

func (m *Machine) links(folder string) []string {
	if m.Links == nil {
		return nil
	}
	return m.Links(folder)
}

// startUnit is start.sh.
func (m *Machine) startUnit(c Call) (string, error) {
	if c.Args[0] != m.Unit {
		return "", Fails("Unit %s not found.", c.Args[0])
	}
	if c.Args[1] == "restart" {
		m.Service.Stop()
	}
	if err := m.Service.Start(); err != nil {
		return "", Fails("%s did not start\n%v", c.Args[0], err)
	}
	return "", nil
}

func (m *Machine) stopUnit(c Call) (string, error) {
	if c.Args[0] != m.Unit {
		return "", Fails("Unit %s not found.", c.Args[0])
	}
	m.Service.Stop()
	return "", nil
}
