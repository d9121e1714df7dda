// Package scenarios holds the tests that run on real servers, one file for
// each subject: go test -tags lab ./internal/lab/scenarios.
package scenarios
