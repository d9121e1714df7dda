// Package yamltext changes YAML as text: an edit touches the characters that it has to, and leaves comments, order, quotes
// and indentation of everything else as they are.
//
// A [Document] has the surgery; belt.yaml is edited with it. [Settings] are for the configuration file of a program, such
// as mongod.conf: nested keys with a value each. Both refuse what is written in a way that they cannot change safely.
package yamltext
