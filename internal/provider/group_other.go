//go:build !unix

package provider

import "os/exec"

// inGroup leaves the program as it is: it is ended at once.
func inGroup(*exec.Cmd) {}
