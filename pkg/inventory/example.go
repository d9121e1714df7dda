package inventory

import _ "embed"

//go:embed example.yaml
var example string

// Example is the commented inventory that `belt init` writes. It shows every key, and loads without a problem.
func Example() string { return example }
