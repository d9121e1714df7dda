// Package architecture holds the test that keeps the rooms of this module apart: who may import whom. docs/architecture.md
// explains the rules; .golangci.yml has those that a linter can say, for editors.
package architecture
