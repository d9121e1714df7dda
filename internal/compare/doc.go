// Package compare has what the engines' comparisons of a replica with its primary share: how the load is bounded and
// reported, how a row is called, and what is said of one that differs. What is asked of the servers, and when an answer
// counts, is each engine's own.
package compare
