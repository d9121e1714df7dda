//go:build !unix

package program

import "os/exec"

// inGroup leaves the program as it is: it is ended at once.
func inGroup(*exec.Cmd) {}
