package lab

import "context"

// State is a server of any lab on this machine.
type State struct {
	*Server
	Lab, Suite string
	State      string // Docker's word: running, paused, exited, …
}

// List lists the servers of all labs.
func List(ctx context.Context) ([]State, error) {
	servers, err := find(ctx, "")
	if err != nil {
		return nil, err
	}
	var states []State
	for _, server := range servers {
		out, err := docker(ctx, "inspect", "-f", "{{.State.Status}}", server.Container)
		if err != nil {
			out = "gone"
		}
		states = append(states, State{Server: server, Lab: server.labName, Suite: server.suite, State: out})
	}
	return states, nil
}
